#!/usr/bin/env python3
"""A tiny authoritative name server, over UDP and TCP, for the one zone in a file.

python3 dns_server.py lab.zone &
dig -p 1060 @127.0.0.1 bench.lab.example.com
"""

import argparse
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from dnslib import EDNS0, QTYPE, RCODE, RR, DNSError, DNSLabel, DNSRecord

UDP_SIZE = 1232  # IPv6 carries 1280 bytes over every link, 48 of them headers (RFC 8200)


def find(zone: list[RR], name: DNSLabel, kind: int) -> list[RR]:
    return [record for record in zone if record.rname == name and record.rtype == kind]


def respond(zone: list[RR], data: bytes, limit: int) -> bytes:
    """The answer to the question in *data*; more than *limit* bytes only if the client says so."""
    query = DNSRecord.parse(data)
    reply = query.reply(ra=0)  # authoritative; recursion is not available
    reply.header.ad = 0
    name, kind, soa = query.q.qname, query.q.qtype, zone[0]
    found = find(zone, name, kind)
    if not found and (alias := find(zone, name, QTYPE.CNAME)):
        reply.add_answer(*alias)
        name = alias[0].rdata.label
        found = find(zone, name, kind)
    reply.add_answer(*found)
    if not query.q.qname.matchSuffix(soa.rname):
        reply.header.aa, reply.header.rcode = 0, RCODE.REFUSED
    elif not found and name.matchSuffix(soa.rname):
        reply.add_auth(soa)  # RFC 2308: how long may the "no" be remembered?
        # RFC 8020: a name also exists if there is one below it.
        if not any(record.rname.matchSuffix(name) for record in zone):
            reply.header.rcode = RCODE.NXDOMAIN
    for option in (record for record in query.ar if record.rtype == QTYPE.OPT):  # RFC 6891
        reply.add_ar(EDNS0(udp_len=UDP_SIZE))
        limit = max(limit, min(option.edns_len, UDP_SIZE))
    if len(reply.pack()) > limit:
        reply.rr, reply.auth, reply.header.tc = [], [], 1  # "ask again over TCP"
    return bytes(reply.pack())


def serve_udp(zone: list[RR], sock: socket.socket) -> None:
    while True:
        data, client = sock.recvfrom(65535)
        with suppress(DNSError):  # not a question: no answer
            sock.sendto(respond(zone, data, 512), client)


def serve_tcp(zone: list[RR], sock: socket.socket) -> None:
    """One client: as many questions as it has, each with its length in front (section 4.2.2)."""
    sock.settimeout(10)
    with sock, suppress(DNSError, OSError), sock.makefile("rb") as stream:
        while len(prefix := stream.read(2)) == 2:
            reply = respond(zone, stream.read(int.from_bytes(prefix)), 65535)
            sock.sendall(len(reply).to_bytes(2) + reply)


def main(zone: list[RR], host: str, port: int) -> None:
    listener = socket.create_server((host, port))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((host, port))
    threading.Thread(target=serve_udp, args=(zone, udp), daemon=True).start()
    print(f"Serving {zone[0].rname} at {host or '*'} port {port}, UDP and TCP", flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve_tcp, args=(zone, client), daemon=True).start()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve one zone of the DNS.")
    parser.add_argument("file", type=Path, help="master file; its SOA record is the first")
    parser.add_argument("interface", nargs="?", default="127.0.0.1", help="'' for all")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="port (1060)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(list(RR.fromZone(args.file.read_text())), args.interface, args.p)
        except OSError as error:
            sys.exit(f"dns_server.py: {error}")
        except (ValueError, IndexError, DNSError):
            sys.exit(f"{args.file}: this is not the master file of a zone")
