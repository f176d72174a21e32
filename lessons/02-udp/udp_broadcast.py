#!/usr/bin/env python3
"""One datagram to everybody on the local network.

    h2$ python3 udp_broadcast.py server ''
    h1$ python3 udp_broadcast.py client 192.168.1.255

The client's HOST is the network's broadcast address: its last one (ip addr shows it after "brd").
"""

import argparse
import socket
import sys
from contextlib import suppress

MAX_BYTES = 65535
TEXT = "Broadcast datagram!"


def server(interface: str, port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((interface, port))
    print("Listening for datagrams at", sock.getsockname(), flush=True)
    while True:
        data, address = sock.recvfrom(MAX_BYTES)
        text = data.decode("ascii", errors="replace")
        print(f"The client at {address} says: {text!r}", flush=True)


def client(network: str, port: int, allowed: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        if allowed:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.sendto(TEXT.encode("ascii"), (network, port))
        print(f"Sent {TEXT!r} to {network} port {port}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send to a whole network, or listen.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface; client: the network's broadcast address")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--forget", action="store_true", help="client: leave SO_BROADCAST out")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        if args.role == "server":
            server(args.host, args.p)
        else:
            try:
                client(args.host, args.p, not args.forget)
            except OSError as error:
                sys.exit(f"{args.host}: {error}")
