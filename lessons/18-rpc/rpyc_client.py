#!/usr/bin/env python3
"""Lend an open file and a function to a server; both stay here, and are used from there.

python3 rpyc_client.py www.example.com testfile.txt --key /tmp/brandon
"""

import argparse
import socket
import ssl
import sys
from contextlib import suppress

import rpyc
from rpyc.core.stream import SocketStream


def noisy(line: str) -> None:
    print(f"Noisy: {line!r}")


def main(host: str, port: int, file: str, key: str) -> None:
    # rpyc.ssl_connect checks no host name unless one asks for more than it seems to need.
    context = ssl.create_default_context()
    context.load_cert_chain(f"{key}.crt", f"{key}.key")
    raw = socket.create_connection((host, port), timeout=10)
    tls = context.wrap_socket(raw, server_hostname=host)
    with open(file) as lines, rpyc.connect_stream(SocketStream(tls)) as connection:
        count = connection.root.line_counter(lines, noisy)
    print("The number of lines in the file was", count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Let a server count the lines of a file here.")
    parser.add_argument("host", help="the server")
    parser.add_argument("file", help="a text file")
    parser.add_argument("-p", metavar="PORT", type=int, default=18861, help="TCP port (18861)")
    parser.add_argument("--key", required=True, metavar="NAME", help="who I am: NAME.crt, NAME.key")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.p, args.file, args.key)
        except ssl.SSLCertVerificationError as error:
            sys.exit(f"I don't trust {args.host}: {error.verify_message}")
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError, EOFError):
            sys.exit(f"{args.host} has hung up; perhaps it doesn't know {args.key}.crt")
        except OSError as error:
            sys.exit(f"{args.host} port {args.p}, {args.file}: {error}")
