#!/usr/bin/env python3
"""The smallest UDP pair: one datagram there, one back, on one machine.

    python3 udp_local.py server &
    python3 udp_local.py client

The client believes whatever arrives at its socket; udp_checked.py does not.
"""

import argparse
import socket
from contextlib import suppress
from datetime import datetime

MAX_BYTES = 65535


def server(port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    print("Listening at", sock.getsockname(), flush=True)
    while True:
        data, address = sock.recvfrom(MAX_BYTES)
        text = data.decode("ascii", errors="replace")
        print(f"The client at {address} says {text!r}", flush=True)
        answer = f"Your data was {len(data)} bytes long"
        sock.sendto(answer.encode("ascii"), address)


def client(port: int, own_port: int | None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        if own_port is not None:
            sock.bind(("", own_port))
        text = f"The time is {datetime.now().isoformat(' ', 'microseconds')}"
        sock.sendto(text.encode("ascii"), ("127.0.0.1", port))
        print("The OS assigned me the address", sock.getsockname(), flush=True)
        data, address = sock.recvfrom(MAX_BYTES)  # waits for ever, and believes anybody
        print(f"The server {address} replied {data.decode('ascii', errors='replace')!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send and receive UDP on this machine.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--own", metavar="PORT", type=int, help="the client's own port")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        if args.role == "server":
            server(args.p)
        else:
            client(args.p, args.own)
