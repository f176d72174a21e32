#!/usr/bin/env python3
"""The path MTU, found by asking the path: send as much as we think fits, until an echo comes.

    www$ python3 pmtu_probe.py server ''
    h1$ python3 pmtu_probe.py client www.example.com

A router that cannot pass a datagram on says so and names its own limit (RFC 1191); the kernel
keeps the number, and the next send() or recv() on the socket fails with EMSGSIZE. Linux only.
"""

import argparse
import errno
import socket
import sys
from contextlib import suppress

# From <linux/in.h>; Python 3.14 has them, older ones do not.
IP_MTU_DISCOVER = getattr(socket, "IP_MTU_DISCOVER", 10)
IP_PMTUDISC_DO = getattr(socket, "IP_PMTUDISC_DO", 2)
IP_MTU = getattr(socket, "IP_MTU", 14)
IP_RECVERR = getattr(socket, "IP_RECVERR", 11)

HEADERS = 20 + 8  # of IPv4 and of UDP
TRIES = 4


def server(interface: str, port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((interface, port))
    print("Listening at", sock.getsockname(), flush=True)
    while True:
        data, address = sock.recvfrom(65535)
        sock.sendto(str(len(data)).encode("ascii"), address)


def probe(sock: socket.socket) -> int:
    """The largest packet for which an echo came; TimeoutError if there is none."""
    for _ in range(TRIES):
        mtu = sock.getsockopt(socket.IPPROTO_IP, IP_MTU)
        size = min(mtu, 65535) - HEADERS
        try:
            sock.send(b"#" * size)
            echo = sock.recv(100)
        except TimeoutError:
            print(f"{mtu}: no echo", flush=True)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            print(f"{mtu}: too large, says somebody on the path", flush=True)
        else:
            print(f"{mtu}: {echo.decode('ascii')} bytes of data arrived", flush=True)
            return int(mtu)
    raise TimeoutError


def client(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.settimeout(1.0)
        sock.connect((host, port))
        print("The path's MTU is", probe(sock))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Find the MTU of a path.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    args = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This program uses socket options that only Linux has")
    with suppress(KeyboardInterrupt):
        try:
            (server if args.role == "server" else client)(args.host, args.p)
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}: {error.strerror or 'no answer'}")
