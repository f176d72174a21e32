#!/usr/bin/env python3
"""Make one TLS connection, and report everything that was negotiated.

    python3 tls_report.py www.example.com 443
    python3 tls_report.py -s /tmp/pki/localhost.pem -a /tmp/pki/ca.crt localhost 1060

The client insists on a certificate that it can trust; the name it checks only for the report.
"""

import argparse
import socket
import ssl
import sys
import textwrap
from contextlib import suppress
from pprint import pprint
from typing import Any


def say(title: str, value: object) -> None:
    line = f"{title + ' ':.<36} {value}"
    print(textwrap.fill(line, 79, subsequent_indent="    ", break_on_hyphens=False), flush=True)


def report(tls: ssl.SSLSocket, context: ssl.SSLContext, host: str, verbose: bool) -> None:
    peer: dict[str, Any] = tls.getpeercert() or {}
    say("Certificate of the peer", "provided" if peer else "none")
    if peer:
        names = [name for _, name in peer.get("subjectAltName", ())]
        common = [v for part in peer["subject"] for key, v in part if key == "commonName"]
        say("Names on it", ", ".join(dict.fromkeys(common + names)))
        if not tls.server_side:
            # RFC 9525 §6: alternative names only; a * stands for one label, the first.
            fits = {host, "*." + host.partition(".")[2]} & set(names)
            say("Is it for this host?", "Yes" if fits else f"No: {host} is not among its names")
        for kind, count in sorted(context.cert_store_stats().items()):
            say(f"Certificates loaded, {kind}", count)
    say("Version of TLS", tls.version())
    for title, value in zip(("Cipher", "Cipher from", "Bits"), tls.cipher() or (), strict=False):
        say(title, value)
    say("Compression", tls.compression() or "none")
    pprint(peer) if verbose else print()


def main(args: argparse.Namespace) -> None:
    purpose = ssl.Purpose.CLIENT_AUTH if args.s else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=args.a)
    if not args.a:
        context.load_default_certs(purpose)
    context.check_hostname = False  # never do that elsewhere
    context.verify_mode = ssl.CERT_OPTIONAL if args.s else ssl.CERT_REQUIRED
    if args.p:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[args.p]
    if args.C:
        context.set_ciphers(args.C)
    if args.s or args.c:
        context.load_cert_chain(args.s or args.c)
    print()
    if args.s:
        with socket.create_server((args.host, args.port)) as listener:
            say("Interface we listen at", listener.getsockname())
            raw, _ = listener.accept()
    else:
        raw = socket.create_connection((args.host, args.port), timeout=10)
    say("Address we talk to", raw.getpeername())
    name = None if args.s else args.host
    with raw, context.wrap_socket(raw, bool(args.s), server_hostname=name) as tls:
        report(tls, context, args.host, args.v)


if __name__ == "__main__":
    versions = [v.name for v in ssl.TLSVersion if v.name.startswith("TLSv")]
    parser = argparse.ArgumentParser(description="Report what a TLS connection negotiated.")
    parser.add_argument("host", help="the server's name (-s: the interface to listen at)")
    parser.add_argument("port", type=int, help="TCP port")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    parser.add_argument("-C", metavar="CIPHERS", help="OpenSSL cipher list, for TLS 1.2 and older")
    parser.add_argument("-p", choices=versions, help="this version of TLS, and no other")
    parser.add_argument("-v", action="store_true", help="show the peer's certificate as well")
    role = parser.add_mutually_exclusive_group()
    role.add_argument("-c", metavar="PEM", help="be a client with this certificate")
    role.add_argument("-s", metavar="PEM", help="be the server, with this key and chain")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args)
    except OSError as error:  # ssl.SSLError is one, too
        why = getattr(error, "verify_message", getattr(error, "reason", error.strerror)) or error
        where = "a PEM file" if isinstance(error, FileNotFoundError) else args.host
        sys.exit(f"{where}: {why}")
