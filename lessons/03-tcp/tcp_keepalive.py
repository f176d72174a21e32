#!/usr/bin/env python3
"""How long a connection outlives the wire: until something is sent, and then not for ever.

    python3 tcp_keepalive.py server ''
    python3 tcp_keepalive.py client HOST                        listens, and never learns of it
    python3 tcp_keepalive.py client HOST --keepalive 2 1 3      listens, and asks now and then
    python3 tcp_keepalive.py client HOST --talk --user-timeout 3

Cut the wire between the two machines while they run. Linux.
"""

import argparse
import select
import socket
import struct
import sys
from contextlib import suppress


def server(args: argparse.Namespace) -> None:
    with socket.create_server((args.host, args.p)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        clients = []
        while True:
            sock, address = listener.accept()
            print("A client at", address, flush=True)
            clients.append(sock)  # nothing is read: it is the kernel that acknowledges


def set_options(sock: socket.socket, args: argparse.Namespace) -> None:
    if args.keepalive:
        idle, interval, count = args.keepalive
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)
    if args.user_timeout:
        milliseconds = 1000 * args.user_timeout
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def silence(sock: socket.socket) -> float:
    """Seconds since the other side last acknowledged anything (linux/tcp.h, struct tcp_info)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    (last_ack_recv,) = struct.unpack_from("I", info, 56)
    return float(last_ack_recv) / 1000


def client(args: argparse.Namespace) -> None:
    with socket.create_connection((args.host, args.p)) as sock:
        set_options(sock, args)
        print("Connected to", sock.getpeername(), flush=True)
        try:
            while True:
                if args.talk:
                    sock.sendall(b"Are you there?")
                print(f"\r  {silence(sock):.1f} seconds without a sign of life", end="", flush=True)
                if select.select([sock], [], [], 0.5)[0]:  # something has come, or gone wrong
                    break
            sock.recv(1)
            print("\nThe server has closed the connection")
        except OSError as error:
            sys.exit(f"\r  {silence(sock):.1f} seconds without a sign of life\n{error}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="See how long it takes to miss the other end.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument(
        "--keepalive", type=int, nargs=3, metavar=("IDLE", "INTERVAL", "COUNT"), help="TCP_KEEP..."
    )
    parser.add_argument("--talk", action="store_true", help="send something twice a second")
    parser.add_argument("--user-timeout", type=int, metavar="SECONDS", help="TCP_USER_TIMEOUT")
    args = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("the socket options that this program needs are Linux's")
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
