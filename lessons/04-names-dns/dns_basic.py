#!/usr/bin/env python3
"""Ask the DNS itself: five types of record, one question each.

    python3 dns_basic.py www.example.com
    python3 dns_basic.py -s 10.1.1.1 example.com SOA TXT

Without -s the server that /etc/resolv.conf names is asked.
"""

import argparse
import sys
from ipaddress import ip_address

import dns.exception
import dns.resolver

TYPES = ("A", "AAAA", "CNAME", "MX", "NS")


def lookup(name: str, types: list[str]) -> None:
    for kind in types:
        # A name without a record of this type is not an error: the answer is there, and empty.
        answer = dns.resolver.resolve(name, kind, raise_on_no_answer=False)
        if found := answer.rrset:
            # Servers turn records round from answer to answer, to spread the load: sort them.
            for record in sorted(found):
                print(found.name, found.ttl, "IN", kind, record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Look a name up in the DNS.")
    parser.add_argument("name", help="the name to look up")
    parser.add_argument("types", nargs="*", default=list(TYPES), help="types of record")
    parser.add_argument("-s", metavar="ADDRESS", type=ip_address, help="the name server to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=53, help="its port (53)")
    parser.add_argument("-t", metavar="SECONDS", type=float, default=5, help="patience (5)")
    args = parser.parse_args()
    resolver = dns.resolver.get_default_resolver()
    resolver.lifetime = args.t
    if args.s:
        resolver.nameservers, resolver.port = [str(args.s)], args.p
    try:
        lookup(args.name, args.types)
    except dns.resolver.NXDOMAIN:
        sys.exit(f"{args.name}: there is no such name")
    except dns.resolver.NoNameservers:
        sys.exit(f"{args.name}: no server was willing to answer")
    except dns.resolver.LifetimeTimeout:
        sys.exit(f"{args.name}: no server answered in time")
    except (dns.exception.DNSException, ValueError) as error:
        sys.exit(f"{args.name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
