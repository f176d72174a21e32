#!/usr/bin/env python3
"""What the kernel knows about a connection: its round trips, its window, its losses.

    python3 tcp_info.py server ''
    python3 tcp_info.py client HOST --megabytes 4

The server sends as much as it is asked for and tells what TCP_INFO says meanwhile. Linux.
"""

import argparse
import socket
import struct
import sys
from contextlib import suppress

MEGABYTE = bytes(1_000_000)
# struct tcp_info of linux/tcp.h: eight bytes, then these numbers of 32 bits, then more
NUMBERS = (
    "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent "
    "last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss "
    "reordering rcv_rtt rcv_space total_retrans"
)


def tcp_info(sock: socket.socket) -> dict[str, int]:
    numbers = struct.unpack("8x24I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104))
    return dict(zip(NUMBERS.split(), numbers, strict=True))


def serve_one(sock: socket.socket) -> None:
    megabytes = int(sock.makefile().readline(20))
    for number in range(1, megabytes + 1):
        sock.sendall(MEGABYTE)
        info = tcp_info(sock)
        print(
            f"  {number} MB: round trip {info['rtt'] / 1000:.3f} ms,"
            f" window {info['snd_cwnd']} x {info['snd_mss']} bytes,"
            f" {info['total_retrans']} segments sent again",
            flush=True,
        )
    sock.shutdown(socket.SHUT_WR)
    sock.recv(1)  # the client closes when it has everything
    lost = tcp_info(sock)["total_retrans"]
    print("  All sent,", "some of it again" if lost else "nothing twice", flush=True)


def server(args: argparse.Namespace) -> None:
    with socket.create_server((args.host, args.p)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, address = listener.accept()
            print("To", address, flush=True)
            try:
                with sock:
                    serve_one(sock)
            except (OSError, ValueError) as error:
                print("  The client has gone:", error, flush=True)


def client(args: argparse.Namespace) -> None:
    received, wrong = 0, 0
    with socket.create_connection((args.host, args.p)) as sock:
        sock.sendall(b"%d\n" % args.megabytes)
        while data := sock.recv(65536):
            received += len(data)
            wrong += len(data) - data.count(0)
    print(f"{received} bytes received, {wrong} of them wrong")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Watch TCP at work while it sends a lot.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--megabytes", type=int, default=4, help="client: how much to ask for (4)")
    args = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("the socket options that this program needs are Linux's")
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
