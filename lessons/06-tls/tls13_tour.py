#!/usr/bin/env python3
"""What TLS 1.3 can do besides: resume a session, write a key log, exchange keys in new groups.

    python3 tls13_tour.py www.example.com
    python3 tls13_tour.py www.example.com --keylog /tmp/keys.log

Wireshark reads the key log (Preferences, Protocols, TLS, "(Pre)-Master-Secret log filename").
"""

import argparse
import socket
import ssl
import sys
from pathlib import Path


def visit(
    host: str, port: int, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> ssl.SSLSession | None:
    raw = socket.create_connection((host, port), timeout=10)
    with raw, context.wrap_socket(raw, server_hostname=host, session=session) as tls:
        cipher = tls.cipher()
        print(f"{tls.version()}, {cipher[0] if cipher else None}, resumed: {tls.session_reused}")
        if hasattr(tls, "group"):  # Python 3.15
            print(f"keys were exchanged with {tls.group()}")
        tls.sendall(f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode("ascii"))
        while tls.recv(4096):  # the ticket comes after the handshake, before the first answer
            pass
        return tls.session


def main(host: str, port: int, cafile: str | None, keylog: Path | None) -> None:
    context = ssl.create_default_context(cafile=cafile)
    if keylog:
        context.keylog_filename = str(keylog)
    session = visit(host, port, context, None)
    if session:
        print(f"a ticket: {session.has_ticket}, good for {session.ticket_lifetime_hint} seconds")
    visit(host, port, context, session)
    if keylog:
        words = [line.split()[0] for line in keylog.read_text("ascii").splitlines()]
        print(f"{keylog} has", *(w for w in words if w != "#"), sep="\n    ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Resume a TLS session, and log its keys.")
    parser.add_argument("host", help="the server's name")
    parser.add_argument("-p", metavar="PORT", type=int, default=443, help="TCP port (443)")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    parser.add_argument("--keylog", metavar="FILE", type=Path, help="write the secrets here")
    args = parser.parse_args()
    try:
        main(args.host, args.p, args.a, args.keylog)
    except OSError as error:
        sys.exit(f"{args.host} port {args.p}: {error}")
