#!/usr/bin/env python3
"""Server-sent events: an answer that never ends, and a client that comes back.

    python3 sse_server.py ''

Each event has a number. After three, in the middle of the next, the server hangs up, as
networks do. Who comes back with Last-Event-ID gets what he has missed.
"""

import argparse
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NEWS = ["The train\nleaves at seven", "Platform 3", "Platform 4, not 3", "Doors close", "Über Wien"]


class Events(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        last = self.headers.get("Last-Event-ID", "0")
        first = int(last) + 1 if last.isdecimal() else 1
        print(f"A client wants what comes after {last!r}", flush=True)
        if first > len(NEWS):
            self.send_response(204)  # that was all: do not come back
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(b": a comment keeps the line alive\n\nretry: 200\n\n")
        for number in range(first, min(first + 3, len(NEWS) + 1)):
            data = "".join(f"data: {line}\n" for line in NEWS[number - 1].split("\n"))
            kind = "event: platform\n" if "Platform" in data else ""
            self.wfile.write(f"id: {number}\n{kind}{data}\n".encode())
        self.wfile.write(f"id: {number + 1}\ndata: half an ev".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tell news as they happen.")
    parser.add_argument("host", help="interface to listen at; '' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            with ThreadingHTTPServer((args.host, args.p), Events) as server:
                print("Listening at", server.server_address, flush=True)
                server.serve_forever()
        except (OSError, OverflowError) as error:
            sys.exit(f"{args.host!r} port {args.p}: {error}")
