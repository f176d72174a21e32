#!/usr/bin/env python3
"""From the root down: ask one name server after the other, as a resolver does.

    python3 dns_trace.py 10.1.1.1 www.example.com
    python3 dns_trace.py --anchor root.key 10.25.1.1 www.example.com

With the root's public key every answer is checked, too (dnssec.py). A real resolver also turns
to a zone's second server, follows aliases into other zones, and remembers.
"""

import argparse
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
from dns.name import Name
from dns.rdata import Rdata
from dns.rdataclass import IN
from dns.rdatatype import DNSKEY, DS, NS, RRSIG, A, RdataType
from dnssec import Bogus, anchor, check, keys_of

SIGNED = {True: "  [signed]", False: "  [not signed]", None: ""}


def ask(server: str, name: Name, kind: RdataType) -> dns.message.Message:
    query = dns.message.make_query(name, kind, want_dnssec=True)
    query.flags &= ~dns.flags.RD  # ask nobody else for us: say what you know
    return dns.query.udp_with_fallback(query, server, timeout=3)[0]


def address(server: Name, reply: dns.message.Message) -> str:
    """Where *server* is: the referral says so if it is in the zone itself (glue)."""
    glue = reply.get_rrset(reply.additional, server, IN, A)
    return str(glue[0]) if glue else socket.gethostbyname(str(server))


def trace(server: str, name: Name, checking: bool, fingerprints: list[Rdata]) -> None:
    """Follow referrals until somebody answers; *fingerprints* are those of the root's keys."""
    zone = dns.name.root
    while True:
        reply = ask(server, name, A)
        keys = keys_of(zone, ask(server, zone, DNSKEY), fingerprints) if fingerprints else None
        below = [rrset for rrset in reply.authority if rrset.rdtype == NS and rrset.name != zone]
        if reply.answer or not below:
            break
        child = below[0].name
        # RFC 1034 section 5.3.3: who does not lead us closer is not listened to.
        if not (child.is_subdomain(zone) and name.is_subdomain(child)):
            sys.exit(f"{server} sends us to {child}, which is not closer to {name}")
        ds = reply.get_rrset(reply.authority, child, IN, DS)
        if keys and ds:
            check(ds, reply, reply.authority, keys)
        fingerprints = list(ds) if keys and ds else []
        following = address(below[0][0].target, reply)
        mark = SIGNED[bool(fingerprints) if checking else None]
        print(f"{server} for {zone}: ask {following} for {child}{mark}")
        server, zone = following, child
    for rrset in reply.answer:
        if rrset.rdtype != RRSIG:
            if keys:
                check(rrset, reply, reply.answer, keys)
            mark = SIGNED[keys is not None if checking else None]
            print(f"{server} for {zone}: {rrset}{mark}")
    if not reply.answer:
        print(f"{server} for {zone}: {dns.rcode.to_text(reply.rcode())}, no answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Find a name's address from the root down.")
    parser.add_argument("root", type=ip_address, help="address of a root server")
    parser.add_argument("name")
    parser.add_argument("--anchor", type=Path, metavar="FILE", help="the root's public key")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            name = dns.name.from_text(args.name)
            known = anchor(args.anchor) if args.anchor else []
            trace(str(args.root), name, bool(known), known)
        except Bogus as error:
            sys.exit(f"Do not believe it: {error}")
        except (OSError, dns.exception.DNSException) as error:
            sys.exit(f"{args.name}: {error}")
