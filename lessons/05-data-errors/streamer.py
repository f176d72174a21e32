#!/usr/bin/env python3
"""One message per connection: where the stream ends, the message ends.

    python3 streamer.py ''            the server: takes one message, prints it and ends
    python3 streamer.py -c HOST       the client, on this or on another machine

Without HOST both use this machine alone. '' is every IPv4 address, '::' every address.
"""

import argparse
import socket
import sys
from contextlib import suppress

LINES = [
    b"Beautiful is better than ugly.\n",
    b"Explicit is better than implicit.\n",
    b"Simple is better than complex.\n",
]


def server(host: str, port: int) -> None:
    v6 = ":" in host
    family = socket.AF_INET6 if v6 else socket.AF_INET
    with socket.create_server((host, port), family=family, dualstack_ipv6=v6) as listener:
        print("Run this script in another window with -c to connect")
        print("Listening at", listener.getsockname(), flush=True)
        sock, address = listener.accept()
    with sock:
        print("Accepted connection from", address, flush=True)
        sock.shutdown(socket.SHUT_WR)  # this end only listens
        message = b""
        while more := sock.recv(8192):
            message += more
            print(f"Received {len(more)} bytes", flush=True)
    print("Received zero bytes - end of file")
    print(f"Message:\n\n{message.decode('ascii', errors='replace')}", flush=True)


def client(host: str, port: int) -> None:
    with socket.create_connection((host, port)) as sock:
        sock.shutdown(socket.SHUT_RD)  # this end only speaks
        with sock.makefile("wb") as stream:  # collects what is written, and sends it together
            for line in LINES:
                stream.write(line)
                print(f"Wrote {len(line)} bytes")
    print("Closed, which is how the other side knows that this was all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send one message and close the connection.")
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="listen here, or call there")
    parser.add_argument("-c", action="store_true", help="be the client")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.c else server)(args.host, args.p)
    except OSError as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
