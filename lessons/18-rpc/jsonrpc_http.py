#!/usr/bin/env python3
"""A JSON-RPC server without a library: http.server carries what jsonrpc_own.py understands.

python3 jsonrpc_http.py ''
curl -d '{"jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": 1}' http://HOST:7003/
"""

import argparse
import operator
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jsonrpc_own import answer

METHODS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "divide": operator.truediv,
    "log": print,
}
LONGEST = 100_000  # bytes of a request


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            self.send_error(413)
            return
        text = answer(self.rfile.read(int(length)), METHODS)
        body = (text or "").encode()
        self.send_response(200 if body else 204)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="JSON-RPC over http.server.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=7003, help="TCP port (7003)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            with ThreadingHTTPServer((args.host, args.p), Handler) as server:
                print("Starting server", flush=True)
                server.serve_forever()
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
