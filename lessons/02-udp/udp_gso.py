#!/usr/bin/env python3
"""Many datagrams with one system call: the kernel cuts a large buffer into pieces.

    www$ python3 udp_gso.py server ''
    h1$ python3 udp_gso.py client www.example.com

It is called generic segmentation offload (udp(7), UDP_SEGMENT). Linux only.
"""

import argparse
import socket
import struct
import sys
from contextlib import suppress

SOL_UDP = 17  # as IPPROTO_UDP
UDP_SEGMENT = 103  # <linux/udp.h>
TOTAL, PIECE = 5000, 1000


def server(interface: str, port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((interface, port))
    print("Listening at", sock.getsockname(), flush=True)
    while True:
        data, _ = sock.recvfrom(65535)
        print(f"A datagram of {len(data)} bytes: {data[:3].decode('ascii')}...", flush=True)


def client(host: str, port: int) -> None:
    pieces = [f"{number}".encode("ascii") * PIECE for number in range(1, TOTAL // PIECE + 1)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, port))
        # Ancillary data: it does not travel, it tells the kernel what to do with this message.
        size = struct.pack("@H", PIECE)
        sent = sock.sendmsg([b"".join(pieces)], [(SOL_UDP, UDP_SEGMENT, size)])
        print(f"One call of sendmsg() took {sent} bytes, to be cut every {PIECE}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send five datagrams with one system call.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to send to")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    args = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This program uses a socket option that only Linux has")
    with suppress(KeyboardInterrupt):
        try:
            (server if args.role == "server" else client)(args.host, args.p)
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}: {error.strerror}")
