#!/usr/bin/env python3
"""The editor of jsonrpc_ws.py: it tells and calls, and it is told and called.

python3 jsonrpc_ws_client.py ws://www.example.com:7004/ 'I recieve teh letter'
"""

import argparse
import asyncio
import sys
from contextlib import suppress

from jsonrpc_peer import Peer, Refused
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


async def confirm(old: str, new: str) -> bool:
    print(f"asked: may {old!r} become {new!r}? (yes)")
    return True


async def main(url: str, text: str) -> None:
    told = asyncio.Event()

    async def problems(words: list[str]) -> None:
        print("told: these look wrong:", words)
        told.set()

    async with connect(url) as socket, asyncio.TaskGroup() as group:

        async def send(message: str) -> None:
            print("-->", message)
            await socket.send(message)

        async def listen() -> None:
            async for message in socket:
                print("<--", message)
                peer.feed(message)
            peer.hang_up()

        peer = Peer(send, {"problems": problems, "confirm": confirm})
        listening = group.create_task(listen())
        await peer.tell("changed", now=text)
        await told.wait()
        print("corrected:", await peer.call("correct"))
        try:
            await peer.call("dance")
        except Refused as refused:
            print("refused:", refused)
        listening.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call a server that calls back.")
    parser.add_argument("url", help="ws://HOST:7004/")
    parser.add_argument("text", help="to be corrected")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.url, args.text))
        except (OSError, WebSocketException) as error:
            sys.exit(f"{args.url}: {error}")
