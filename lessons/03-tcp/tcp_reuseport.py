#!/usr/bin/env python3
"""Several servers at one port: the kernel deals the connections out among them.

    python3 tcp_reuseport.py server '' --name A      each in a terminal of its own,
    python3 tcp_reuseport.py server '' --name B      and as the same user
    python3 tcp_reuseport.py client HOST 200         who serves how many of 200?

--alone leaves SO_REUSEPORT out, as servers do that want a port for themselves.
"""

import argparse
import socket
import sys
from collections import Counter
from contextlib import suppress


def server(args: argparse.Namespace) -> None:
    with socket.create_server((args.host, args.p), reuse_port=not args.alone) as listener:
        print(f"{args.name} is listening at {listener.getsockname()}", flush=True)
        while True:
            sock, _ = listener.accept()
            with suppress(OSError), sock:
                sock.sendall(args.name.encode())


def client(args: argparse.Namespace) -> None:
    served: Counter[str] = Counter()
    for _ in range(args.count):
        with socket.create_connection((args.host, args.p)) as sock, sock.makefile() as lines:
            served[lines.read()] += 1
    for name, count in sorted(served.items()):
        print(f"{name} has served {count} of {args.count}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Share a port, and count who serves whom.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("count", nargs="?", type=int, default=200, help="client: how many (200)")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--name", default="A", help="what the server calls itself (A)")
    parser.add_argument("--alone", action="store_true", help="server: do not share the port")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
