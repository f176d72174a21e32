#!/usr/bin/env python3
"""Three functions that anybody may call, published with XML-RPC.

python3 xmlrpc_server.py ''
python3 xmlrpc_server.py '' --defused     refuse XML that declares entities
"""

import argparse
import functools
import math
import operator
import sys
from contextlib import suppress
from typing import Any
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


def addtogether(*things: Any) -> Any:
    """Add together everything in the list *things*."""
    return functools.reduce(operator.add, things)


def quadratic(a: float, b: float, c: float) -> list[float]:
    """The real x, smallest first, for which a*x*x + b*x + c is zero."""
    root = math.sqrt(b * b - 4 * a * c)
    return sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)})


def remote_repr(arg: object) -> str:
    """What *arg* looks like to the server."""
    return repr(arg)


class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/RPC2",)

    def log_message(self, format: str, *args: object) -> None:
        print(f'{self.client_address[0]} "{self.requestline}"', flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Publish three functions.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=7001, help="TCP port (7001)")
    parser.add_argument("--defused", action="store_true", help="refuse declared entities")
    args = parser.parse_args()
    if args.defused:
        import defusedxml.xmlrpc

        defusedxml.xmlrpc.monkey_patch()
    with suppress(KeyboardInterrupt):
        try:
            with SimpleXMLRPCServer((args.host, args.p), Handler) as server:
                server.register_introspection_functions()
                server.register_multicall_functions()
                server.register_function(addtogether)
                server.register_function(quadratic)  # type: ignore[arg-type]
                server.register_function(remote_repr)
                print("Server ready", flush=True)
                server.serve_forever()
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
