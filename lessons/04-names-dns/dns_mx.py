#!/usr/bin/env python3
"""Which servers take the mail of a domain? RFC 5321 section 5.1, as a sender has to do it.

    python3 dns_mx.py example.com

MX records first, by their preference; without any, the domain's own addresses.
"""

import argparse
import random
import sys
from ipaddress import ip_address

import dns.exception
import dns.resolver


def addresses(host: str) -> list[tuple[str, str]]:
    """The A and AAAA records of *host*; the resolver has followed any CNAME on the way."""
    found = []
    for kind in ("A", "AAAA"):
        answer = dns.resolver.resolve(host, kind, raise_on_no_answer=False)
        found += [(kind, str(record)) for record in answer.rrset or ()]
    return found


def print_host(host: str, indent: str) -> None:
    try:
        found = addresses(host)
    except dns.resolver.NXDOMAIN:  # a record that points nowhere must not hide the others
        found = []
    for kind, address in found:
        print(f"{indent}{host} has {kind} address {address}")
    if not found:
        print(f"{indent}ERROR: no A or AAAA records for {host}")


def print_mail_servers(domain: str) -> None:
    answer = dns.resolver.resolve(domain, "MX", raise_on_no_answer=False)
    hosts = [(mx.preference, str(mx.exchange).rstrip(".")) for mx in answer.rrset or ()]
    if not hosts:
        print("This domain has no explicit MX records")
        print("Attempting to resolve it as an A or AAAA record")
        print_host(domain, "")
    elif [host for _, host in hosts] == [""]:  # RFC 7505 section 3: the null MX
        print("This domain accepts no mail: its only MX record is the null MX")
    else:
        print(f"This domain has {len(hosts)} MX record{'s' if len(hosts) > 1 else ''}")
        # RFC 5321 section 5.1: equal preferences in random order, to spread the load.
        for preference, host in sorted(hosts, key=lambda pair: (pair[0], random.random())):
            print("Priority", preference)
            print_host(host, "    ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Find the mail servers of a domain.")
    parser.add_argument("domain", help="what stands behind the @")
    parser.add_argument("-s", metavar="ADDRESS", type=ip_address, help="the name server to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=53, help="its port (53)")
    args = parser.parse_args()
    if args.s:
        resolver = dns.resolver.get_default_resolver()
        resolver.nameservers, resolver.port = [str(args.s)], args.p
    try:
        print_mail_servers(args.domain)
    except dns.resolver.NXDOMAIN:
        sys.exit(f"Error: No such domain {args.domain}")
    except (dns.exception.DNSException, ValueError) as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
