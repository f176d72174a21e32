#!/usr/bin/env python3
"""Is there a web server at this name? The recommended way from a user's words to a socket.

    python3 www_ping.py www.example.com

getaddrinfo() says what to hand to socket() and to connect(), so nothing here knows what an
IPv4 or an IPv6 address looks like. All of its answers are tried, in its order.
"""

import argparse
import socket
import sys


def address_infos(host: str, port: int) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    """What getaddrinfo() knows about TCP at *host*."""
    # AI_ADDRCONFIG: no IPv6 addresses for a computer that has no IPv6 itself, and so for IPv4.
    flags = socket.AI_ADDRCONFIG | socket.AI_CANONNAME
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))


def connect(host: str, port: int, timeout: float) -> None:
    try:
        infos = address_infos(host, port)
    except (socket.gaierror, UnicodeError) as error:
        print("Name service failure:", getattr(error, "strerror", None) or error)
        sys.exit(1)
    canonical_name = infos[0][3] or host  # only the first answer carries it
    for family, kind, protocol, _, address in infos:
        with socket.socket(family, kind, protocol) as sock:
            sock.settimeout(timeout)
            try:
                sock.connect(address)
            except OSError as error:
                print(f"Network failure: {address[0]}: {error.strerror or error}")
            else:
                print(f"Success: host {canonical_name} is listening on port {port}")
                return
    sys.exit(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Try to connect to a web server.")
    parser.add_argument("hostname", help="the host to contact")
    parser.add_argument("-p", "--port", type=int, default=80, help="TCP port (80)")
    parser.add_argument("-t", "--timeout", type=float, default=5, help="seconds to wait (5)")
    args = parser.parse_args()
    try:
        connect(args.hostname, args.port, args.timeout)
    except KeyboardInterrupt:
        sys.exit(130)
