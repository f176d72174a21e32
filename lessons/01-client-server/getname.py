#!/usr/bin/env python3
"""A name goes in, an IPv4 address comes out.

    python3 getname.py www.example.com

getname6.py shows all the addresses that a name has.
"""

import argparse
import socket
import sys


def address_of(host: str) -> str:
    infos = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    _family, _type, _protocol, _canonical_name, address = infos[0]
    return str(address[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print the IPv4 address of a host.")
    parser.add_argument("host", nargs="?", default="www.example.com")
    args = parser.parse_args()
    try:
        print("The IP address of", args.host, "is", address_of(args.host))
    except socket.gaierror as error:
        sys.exit(f"{args.host}: {error.strerror}")
