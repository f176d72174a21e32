#!/usr/bin/env python3
"""Mutual TLS: a server that wants to see a certificate from everybody, and writes down who came.

python3 mtls.py server localhost -c /tmp/pki/localhost.pem -a /tmp/pki/ca.crt
python3 mtls.py client localhost -c /tmp/pki/brandon.pem -a /tmp/pki/ca.crt
python3 mtls.py client localhost -a /tmp/pki/ca.crt             refused, but when?
"""

import argparse
import socket
import ssl
import sys
from contextlib import suppress
from typing import Any


def client(host: str, port: int, context: ssl.SSLContext) -> None:
    raw = socket.create_connection((host, port), timeout=10)
    with raw, context.wrap_socket(raw, server_hostname=host) as tls:
        print(f"The handshake is complete: {tls.version()}", flush=True)
        while data := tls.recv(1024):  # in TLS 1.3 a refusal is learnt here
            print(f"The server says {data.decode()!r}")
        tls.unwrap()


def serve(raw: socket.socket, context: ssl.SSLContext) -> None:
    try:
        with raw, context.wrap_socket(raw, server_side=True) as tls:
            certificate: dict[str, Any] = tls.getpeercert() or {}
            # Who it is, the certificate says. Who may do what is for us to decide.
            names = [name for _, name in certificate["subjectAltName"]]
            print(f"Called by {', '.join(names)}", flush=True)
            tls.sendall(f"Hello, {names[0]}".encode())
            tls.unwrap()
    except (OSError, KeyError) as error:
        reason = getattr(error, "reason", None) or repr(error)
        print(f"Refused: {reason}", flush=True)


def server(host: str, port: int, context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server((host, port)) as listener:
        print(f"Listening at {listener.getsockname()}", flush=True)
        while True:
            raw, _ = listener.accept()
            raw.settimeout(10)  # one at a time, so nobody may keep us waiting
            serve(raw, context)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="TLS where both sides show a certificate.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: the server's name")
    parser.add_argument("-a", metavar="CAFILE", required=True, help="authority for the other side")
    parser.add_argument("-c", metavar="PEM", help="our own key and chain")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--tls12", action="store_true", help="nothing newer than TLS 1.2")
    args = parser.parse_args()
    other = ssl.Purpose.CLIENT_AUTH if args.role == "server" else ssl.Purpose.SERVER_AUTH
    with suppress(KeyboardInterrupt):
        try:
            context = ssl.create_default_context(other, cafile=args.a)
            if args.c:
                context.load_cert_chain(args.c)
            if args.tls12:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            (server if args.role == "server" else client)(args.host, args.p, context)
        except FileNotFoundError:
            sys.exit(f"no such file: {' or '.join(filter(None, (args.a, args.c)))}")
        except ssl.SSLError as error:
            sys.exit(f"{args.host} port {args.p}: {error.reason}")
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}: {error.strerror or error}")
