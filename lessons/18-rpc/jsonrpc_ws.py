#!/usr/bin/env python3
"""JSON-RPC over a WebSocket, as editors speak with language servers: a speller.

    python3 jsonrpc_ws.py ''

The editor tells what was typed; the speller tells what is wrong, and asks before it changes.
"""

import argparse
import asyncio
import re
import sys
from contextlib import suppress

from jsonrpc_peer import Peer
from websockets.asyncio.server import ServerConnection, serve

BETTER = {"teh": "the", "recieve": "receive"}


async def conversation(socket: ServerConnection) -> None:
    text = ""

    async def changed(now: str) -> None:
        nonlocal text
        text = now
        await peer.tell("problems", words=[word for word in text.split() if word in BETTER])

    async def correct() -> str:
        result = text
        for word, better in BETTER.items():
            if word in text.split() and await peer.call("confirm", old=word, new=better):
                result = re.sub(rf"\b{word}\b", better, result)
        return result

    peer = Peer(socket.send, {"changed": changed, "correct": correct})
    try:
        async for message in socket:
            peer.feed(message)
    except ValueError:
        await socket.close(1007, "this is no JSON")
    finally:
        peer.hang_up()


async def main(host: str, port: int) -> None:
    async with serve(conversation, host or None, port, max_size=100_000):
        print("Listening at port", port, flush=True)
        await asyncio.get_running_loop().create_future()  # until Ctrl-C


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A server that also calls its clients.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=7004, help="TCP port (7004)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.host, args.p))
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
