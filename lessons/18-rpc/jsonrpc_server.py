#!/usr/bin/env python3
"""JSON-RPC with a library: the function *lengths* for everybody.

python3 jsonrpc_server.py ''
"""

import argparse
import sys
from collections.abc import Sized
from contextlib import suppress

from jsonrpclib.SimpleJSONRPCServer import SimpleJSONRPCServer


def lengths(*things: object) -> list[tuple[int | None, object]]:
    """Each of *things* together with its length, if it has one."""
    return [(len(thing) if isinstance(thing, Sized) else None, thing) for thing in things]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Publish a function with JSON-RPC.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=7002, help="TCP port (7002)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            server = SimpleJSONRPCServer((args.host, args.p), logRequests=False)
            server.register_function(lengths)
            print("Starting server", flush=True)
            server.serve_forever()
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
