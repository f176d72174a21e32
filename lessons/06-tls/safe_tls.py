#!/usr/bin/env python3
"""Safe defaults on both sides: a server that says one sentence, and a client that checks it.

    python3 safe_tls.py -s /tmp/pki/localhost.pem localhost 1060
    python3 safe_tls.py -a /tmp/pki/ca.crt localhost 1060

The server serves one connection. Both print when TCP is there, which is before TLS is.
"""

import argparse
import socket
import ssl
import sys
from contextlib import suppress


def client(host: str, port: int, cafile: str | None) -> None:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    with socket.create_connection((host, port), timeout=10) as raw:
        print(f"Connected to host {host!r} and port {port}", flush=True)
        # An end without TLS's own goodbye may be somebody else's: an error, not b"".
        with context.wrap_socket(raw, server_hostname=host, suppress_ragged_eofs=False) as tls:
            while data := tls.recv(1024):
                print(repr(data))
            tls.unwrap()


def server(host: str, port: int, certfile: str, cafile: str | None) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=cafile)
    context.load_cert_chain(certfile)
    with socket.create_server((host, port)) as listener:
        print(f"Listening at interface {host!r} and port {port}", flush=True)
        raw, (address, client_port) = listener.accept()
        print(f"Connection from host {address!r} and port {client_port}", flush=True)
        with raw, context.wrap_socket(raw, server_side=True) as tls:
            tls.sendall(b"Simple is better than complex.")
            tls.unwrap()  # close_notify: that was all


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A safe TLS client and server.")
    parser.add_argument("host", help="the server's name (-s: the interface to listen at)")
    parser.add_argument("port", type=int, help="TCP port")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    parser.add_argument("-s", metavar="CERTFILE", help="be the server, with this key and chain")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            if args.s:
                server(args.host, args.port, args.s, args.a)
            else:
                client(args.host, args.port, args.a)
        except ssl.SSLCertVerificationError as error:
            sys.exit(f"I don't trust {args.host}: {error.verify_message}")
        except ssl.SSLError as error:
            sys.exit(f"TLS failed: {error.reason}")
        except FileNotFoundError:
            sys.exit(f"no such file: {' or '.join(filter(None, (args.a, args.s)))}")
        except OSError as error:
            sys.exit(f"{args.host} port {args.port}: {error.strerror or error}")
