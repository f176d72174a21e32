#!/usr/bin/env python3
"""Four MessagePack-RPC requests at once, and the responses as they come.

python3 msgpack_rpc_client.py www.example.com
"""

import argparse
import asyncio
import sys
from contextlib import suppress

import msgpack

CALLS = [("wait", []), ("digest", [b"\0\xff"]), ("dance", []), ("open", [])]


async def main(host: str, port: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for number, (method, params) in enumerate(CALLS, start=1):
        data = msgpack.packb([0, number, method, params])
        print(f"--> {number} {method}: {data.hex(' ')}")
        writer.write(data)
    unpacker, missing = msgpack.Unpacker(), len(CALLS)
    while missing and (data := await reader.read(4096)):
        unpacker.feed(data)
        for _, number, error, result in unpacker:
            missing -= 1
            print(f"<-- {number}", f"failed: {error}" if error else repr(result))
    writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call MessagePack-RPC methods.")
    parser.add_argument("host", help="the server")
    parser.add_argument("-p", metavar="PORT", type=int, default=7005, help="TCP port (7005)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.host, args.p))
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host} port {args.p}: {error}")
