#!/usr/bin/env python3
"""One datagram to those who want it: receivers join a group, and only they get what is sent to it.

    h2$ python3 udp_multicast.py receive
    h1$ python3 udp_multicast.py send
    h2$ python3 udp_multicast.py receive --ipv6 -i eth1

239.0.0.0/8 is free for use inside an organisation (RFC 2365); ff02:: does not leave the link.
"""

import argparse
import socket
import struct
import sys
from contextlib import suppress

GROUP4, GROUP6 = "239.1.2.3", "ff02::1060"
TEXT = "To whom it may concern"


def join(sock: socket.socket, ipv6: bool, index: int) -> None:
    """Tells the kernel, and through it the network, that we want what is sent to the group."""
    if ipv6:
        member = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
    else:  # struct ip_mreqn: the group, any address of ours, the interface's number
        member = socket.inet_aton(GROUP4) + struct.pack("@4si", bytes(4), index)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)


def receive(sock: socket.socket, port: int, ipv6: bool, index: int) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # several receivers on one machine
    sock.bind((GROUP6 if ipv6 else GROUP4, port, *((0, index) if ipv6 else ())))
    join(sock, ipv6, index)
    print("Joined", GROUP6 if ipv6 else GROUP4, "port", port, flush=True)
    while True:
        data, address = sock.recvfrom(65535)
        print(f"{address[0]} says: {data.decode('ascii', errors='replace')!r}", flush=True)


def send(sock: socket.socket, port: int, ipv6: bool, index: int, ttl: int) -> None:
    if ipv6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
        sock.sendto(TEXT.encode("ascii"), (GROUP6, port, 0, index))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        if index:
            which = struct.pack("@4s4si", bytes(4), bytes(4), index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, which)
        sock.sendto(TEXT.encode("ascii"), (GROUP4, port))
    print(f"Sent {TEXT!r} to {GROUP6 if ipv6 else GROUP4} port {port}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send to a multicast group, or join it.")
    parser.add_argument("role", choices=["send", "receive"])
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("-i", metavar="INTERFACE", help="such as eth1; needed for IPv6")
    parser.add_argument("--ttl", type=int, default=1, help="routers it may pass, and one (1)")
    parser.add_argument("--ipv6", action="store_true", help=f"{GROUP6} instead of {GROUP4}")
    args = parser.parse_args()
    if args.ipv6 and not args.i:
        parser.error("IPv6 wants to know the interface: -i eth1")
    family = socket.AF_INET6 if args.ipv6 else socket.AF_INET
    with suppress(KeyboardInterrupt), socket.socket(family, socket.SOCK_DGRAM) as udp:
        try:
            number = socket.if_nametoindex(args.i) if args.i else 0
            if args.role == "send":
                send(udp, args.p, args.ipv6, number, args.ttl)
            else:
                receive(udp, args.p, args.ipv6, number)
        except OSError as error:
            sys.exit(str(error))
