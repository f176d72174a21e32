#!/usr/bin/env python3
"""The client of udp_local.py, grown up: it checks who answers, and does not wait for ever.

    python3 udp_local.py server &
    python3 udp_checked.py

A datagram from anybody but the server that was asked is shown and not believed.
"""

import argparse
import socket
import sys
import time
from contextlib import suppress
from datetime import datetime

MAX_BYTES = 65535


def ask(text: str, server: tuple[str, int], own_port: int, seconds: float) -> str:
    """The server's answer; TimeoutError if there is none within *seconds*."""
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", own_port))  # port 0: any that is free
        sock.sendto(text.encode("ascii"), server)
        print("The OS assigned me the address", sock.getsockname(), flush=True)
        while True:
            # Each stranger must not give us the whole time again.
            sock.settimeout(max(0.001, deadline - time.monotonic()))
            data, address = sock.recvfrom(MAX_BYTES)
            answer = data.decode("ascii", errors="replace")
            if address == server:
                return answer
            print(f"Not from the server but from {address}: {answer!r}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask the server of udp_local.py, with care.")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--own", metavar="PORT", type=int, default=0, help="our own port")
    parser.add_argument("--wait", metavar="SECONDS", type=float, default=2.0)
    args = parser.parse_args()
    server = ("127.0.0.1", args.p)
    with suppress(KeyboardInterrupt):
        try:
            reply = ask(f"The time is {datetime.now()}", server, args.own, args.wait)
        except TimeoutError:
            sys.exit(f"No answer from {server} within {args.wait:g} s")
        print(f"The server {server} replied {reply!r}")
