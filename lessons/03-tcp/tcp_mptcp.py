#!/usr/bin/env python3
"""Multipath TCP: an ordinary stream that may use more than one path, if both ends agree.

    python3 tcp_mptcp.py server ''
    python3 tcp_mptcp.py client HOST

The only change is the third argument of socket(). Linux 5.6 or newer; RFC 8684.
"""

import argparse
import socket
import struct
import sys
from contextlib import suppress

IPPROTO_MPTCP = 262  # socket.IPPROTO_MPTCP, from Python 3.10 on where the C library has it
SOL_MPTCP, MPTCP_INFO, FALLBACK = 284, 1, 1  # linux/mptcp.h


def kind(sock: socket.socket) -> str:
    """What the kernel says that this connection has become."""
    try:
        info = sock.getsockopt(SOL_MPTCP, MPTCP_INFO, 12)
    except OSError:  # the socket that accept() returns is a plain one if the client is
        return "plain TCP"
    (flags,) = struct.unpack_from("I", info, 8)
    return "plain TCP" if flags & FALLBACK else "multipath TCP"


def server(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, address = listener.accept()
            with suppress(OSError), sock:
                print(f"Talking {kind(sock)} with {address}", flush=True)
                sock.sendall(b"Welcome")


def client(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP) as sock:
        sock.connect((host, port))
        print("The server said", repr(sock.recv(100)))
        print("The client has", kind(sock))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk over Multipath TCP, if possible.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args.host, args.p)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
