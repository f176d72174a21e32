#!/usr/bin/env python3
"""Does the address of a name lead back to that name? Forward, in reverse, and forward again.

    python3 forward_reverse.py ftp.example.com shop.example.net

Two warnings: the reverse name does not confirm itself, or belongs to somebody else.
"""

import argparse
import socket
from contextlib import suppress

import dns.exception
import dns.resolver
import dns.reversename


def forward(host: str) -> list[str]:
    """All addresses of *host*, as this computer sees it (/etc/hosts, then the DNS)."""
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in infos]


def reverse(address: str) -> str | None:
    """The name that the DNS has for *address*, from its PTR record."""
    name = dns.reversename.from_address(address)
    answer = dns.resolver.resolve(name, "PTR", raise_on_no_answer=False)
    return str(answer.rrset[0]).rstrip(".") if answer.rrset else None


def organisation(host: str) -> str:
    """The last two labels: a rough guess, since co.uk is not an organisation."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])


def compare(host: str) -> None:
    for address in forward(host):
        try:
            name = reverse(address)
        except dns.resolver.NXDOMAIN:
            name = None
        if name is None:
            print(f"{host} -> {address} -> no name")
            continue
        print(f"{host} -> {address} -> {name}")
        try:
            confirmed = address in forward(name)
        except OSError:
            confirmed = False
        if not confirmed:
            print(f"  WARNING: {name} does not have this address")
        # A name without a dot was completed with the search domain: nothing to compare.
        if "." in host and host != address and organisation(host) != organisation(name):
            print(f"  WARNING: {organisation(host)} is served by {organisation(name)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare forward and reverse names.")
    parser.add_argument("hosts", nargs="+", metavar="host")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        for host in args.hosts:
            try:
                compare(host)
            except (OSError, UnicodeError, dns.exception.DNSException) as error:
                print(f"{host}: {getattr(error, 'strerror', None) or error}")
