#!/usr/bin/env python3
"""A datagram that no network card can carry: how large may one be?

    python3 big_sender.py www.example.com

Nobody needs to listen there: the datagram does not even leave this machine. Linux only.
"""

import argparse
import socket
import sys

# From <linux/in.h>; Python 3.14 has them, older ones do not.
IP_MTU_DISCOVER = getattr(socket, "IP_MTU_DISCOVER", 10)
IP_PMTUDISC_DO = getattr(socket, "IP_PMTUDISC_DO", 2)
IP_MTU = getattr(socket, "IP_MTU", 14)

BIG = 999_999


def send_big(host: str, port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)  # "don't fragment"
    sock.connect((host, port))
    try:
        sock.send(b"#" * BIG)
    except OSError:
        print("Alas, the datagram did not make it")
        print("Actual MTU:", sock.getsockopt(socket.IPPROTO_IP, IP_MTU))
    else:
        print("The big datagram was sent!")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a UDP datagram that is too large.")
    parser.add_argument("host", help="where it would go")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    args = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This program uses socket options that only Linux has")
    try:
        send_big(args.host, args.p)
    except OSError as error:
        sys.exit(f"{args.host}: {error.strerror}")
