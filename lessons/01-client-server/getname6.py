#!/usr/bin/env python3
"""All addresses of a name, IPv4 and IPv6, in the order in which they should be tried.

    python3 getname6.py www.example.com

The order is the operating system's (RFC 6724; on Linux /etc/gai.conf can change it).
"""

import argparse
import socket
import sys

VERSIONS = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}


def addresses_of(host: str) -> list[tuple[str, str]]:
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [(VERSIONS[family], str(address[0])) for family, _, _, _, address in infos]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print all addresses of a host.")
    parser.add_argument("host", nargs="?", default="www.example.com")
    args = parser.parse_args()
    try:
        for version, address in addresses_of(args.host):
            print(version, address)
    except socket.gaierror as error:
        sys.exit(f"{args.host}: {error.strerror}")
