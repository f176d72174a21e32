#!/usr/bin/env python3
"""A server that fails as it is told: the path says what happens at each visit to it.

    python3 flaky.py ''
    curl http://HOST:1060/503,drop,slow,200     four visits, four results

A number is a status; "drop" does the work and hangs up; "slow" never answers. The work of a
POST is to take an order, but never twice with the same Idempotency-Key.
"""

import argparse
import sys
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

visits: Counter[str] = Counter()
orders: list[str | None] = []


class Flaky(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        steps = self.path.strip("/").split(",")
        step = steps[min(visits[self.path], len(steps) - 1)]
        visits[self.path] += 1
        print(f"{self.command} number {visits[self.path]}: {step}", flush=True)
        if self.command == "POST" and step in ("drop", "200"):
            self.take_order()
        if step == "slow":
            self.connection.recv(1)  # returns when the client has gone
        if not step.isdecimal():
            return
        self.send_response(int(step))
        if step in ("429", "503"):
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def take_order(self) -> None:
        key = self.headers.get("Idempotency-Key")
        if key and key in orders:
            print("  that order I have already", flush=True)
        else:
            orders.append(key)
            print(f"  order {len(orders)} taken", flush=True)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Answer badly, on demand.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            with ThreadingHTTPServer((args.host, args.p), Flaky) as server:
                print("Listening at", server.server_address, flush=True)
                server.serve_forever()
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
