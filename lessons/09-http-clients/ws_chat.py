#!/usr/bin/env python3
"""A chat over WebSockets: after one HTTP request, both sides speak whenever they like.

python3 ws_chat.py server ''
python3 ws_chat.py client ws://www.example.com:1060/brandon
"""

import argparse
import asyncio
import sys
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed, WebSocketException

people: set[ServerConnection] = set()


async def talk(connection: ServerConnection) -> None:
    assert connection.request
    name = connection.request.path.strip("/") or "nobody"
    people.add(connection)
    broadcast(people, f"{name} has come, so you are {len(people)}")
    with suppress(ConnectionClosed):
        async for message in connection:  # whole messages: nobody has to look for their ends
            broadcast(people, f"{name}: {message!r}")
    people.discard(connection)
    broadcast(people, f"{name} has gone")
    print(f"{name} has gone: {connection.close_code}", flush=True)


async def server(host: str, port: int) -> None:
    # Any page in a browser may open a WebSocket to anywhere. Come in who has no Origin: programs.
    async with serve(talk, host, port, origins=[None], max_size=1000, compression=None) as listener:
        print("Listening at port", port, flush=True)
        await listener.serve_forever()


async def client(url: str) -> None:
    async with connect(url, compression=None) as connection, asyncio.TaskGroup() as tasks:
        typed = tasks.create_task(type_lines(connection))
        async for message in connection:
            print(message, flush=True)
        typed.cancel()
    print("closed:", connection.close_code, connection.close_reason)


async def type_lines(connection: ClientConnection) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := (await lines.readline()).decode().strip():
        await connection.send(line)
    await connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Chat over WebSockets.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("where", help="server: interface to listen at; client: ws://HOST:PORT/NAME")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            if args.role == "client":
                asyncio.run(client(args.where))
            else:
                asyncio.run(server(args.where, args.p))
        except (OSError, OverflowError, WebSocketException) as error:
            sys.exit(f"{args.where}: {error}")
