#!/usr/bin/env python3
"""MessagePack-RPC by hand: a server that answers what is done first, not what was asked first.

    python3 msgpack_rpc.py ''

A request is [0, number, method, params], a response [1, number, error, result].
"""

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgpack

gate = asyncio.Event()


async def wait() -> str:
    await gate.wait()
    return "the gate is open"


async def open_gate() -> None:
    gate.set()


async def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


METHODS: dict[str, Callable[..., Awaitable[object]]] = {
    "wait": wait,
    "open": open_gate,
    "digest": digest,
}


async def perform(writer: asyncio.StreamWriter, number: int, method: str, params: Any) -> None:
    try:
        response = [1, number, None, await METHODS[method](*params)]
    except Exception as error:  # whatever it is, the caller should hear of it
        response = [1, number, f"{type(error).__name__}: {error}", None]
    writer.write(msgpack.packb(response))
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # It keeps half a message until the rest has come; but a message must end somewhere.
    unpacker = msgpack.Unpacker(max_buffer_size=100_000)
    tasks = []
    try:
        while data := await reader.read(4096):
            unpacker.feed(data)
            for kind, *call in unpacker:
                if kind == 0:
                    tasks.append(asyncio.create_task(perform(writer, *call)))
    except (OSError, ValueError, TypeError, msgpack.UnpackException) as error:
        print(f"a client has gone: {error!r}", flush=True)
    for task in tasks:
        task.cancel()
    writer.close()


async def main(host: str, port: int) -> None:
    server = await asyncio.start_server(serve, host or None, port)
    print("Listening at port", port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A MessagePack-RPC server.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=7005, help="TCP port (7005)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.host, args.p))
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
