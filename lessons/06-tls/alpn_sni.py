#!/usr/bin/env python3
"""One port, several names (SNI), and several protocols under each (ALPN).

python3 alpn_sni.py server '' www.example.com=/tmp/pki/www.pem maps.example.com=/tmp/pki/maps.pem
python3 alpn_sni.py client www.example.com -a ca.crt --protocols shout/1,whisper/1
"""

import argparse
import socket
import ssl
import sys
from contextlib import suppress
from typing import Any

SPEAK = {"shout/1": str.upper, "whisper/1": str.lower}  # the server prefers the first


def client(host: str, args: argparse.Namespace) -> None:
    context = ssl.create_default_context(cafile=args.a)
    if args.protocols:
        context.set_alpn_protocols(args.protocols.split(","))
    raw = socket.create_connection((host, args.p), timeout=10)
    with raw, context.wrap_socket(raw, server_hostname=args.name or host) as tls:
        certificate: dict[str, Any] = tls.getpeercert() or {}
        print("Certificate for", [name for _, name in certificate["subjectAltName"]])
        print("Protocol:", tls.selected_alpn_protocol())
        while data := tls.recv(1024):
            print(data.decode())
        tls.unwrap()


def new_context(certfile: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certfile)
    context.set_alpn_protocols(list(SPEAK))
    return context


def server(host: str, args: argparse.Namespace) -> None:
    sites = {name: new_context(path) for name, _, path in (s.partition("=") for s in args.site)}

    def choose(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        if name is not None and name not in sites:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if name is not None:
            tls.context = sites[name]
        return None

    first = next(iter(sites.values()))  # for those who name nobody
    first.sni_callback = choose
    with socket.create_server((host, args.p)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            raw, _ = listener.accept()
            with suppress(OSError), raw:
                raw.settimeout(10)
                with first.wrap_socket(raw, server_side=True) as tls:
                    # RFC 7301 §3.2 wants an alert if there is none in common; Python sends none.
                    speak = SPEAK.get(tls.selected_alpn_protocol() or "", str)
                    tls.sendall(speak("Simple is better than complex.").encode())
                    tls.unwrap()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One port, several names and protocols.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to connect to")
    parser.add_argument("site", nargs="*", help="server: NAME=PEM")
    parser.add_argument("-a", metavar="CAFILE", help="client: the authority to trust")
    parser.add_argument("-n", "--name", help="client: the name to ask for, if not the host's")
    parser.add_argument("--protocols", help="client: what to offer, the best first")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    if args.role == "server" and not args.site:
        parser.error("a server needs at least one NAME=PEM")
    with suppress(KeyboardInterrupt):
        try:
            (server if args.role == "server" else client)(args.host, args)
        except FileNotFoundError:
            sys.exit(f"no such file: one of {' '.join([args.a or '', *args.site]).strip()}")
        except ssl.SSLError as error:
            sys.exit(f"{args.name or args.host}: {error.reason}")
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}: {error.strerror or error}")
