#!/usr/bin/env python3
"""Where is this address? Layer 4: a socket. We write the text of HTTP, and read what comes.

    python3 search4.py "207 N. Defiance St, Archbold, OH"
    python3 search4.py --plain "Archbold"        without TLS, on port 80

Prints the whole reply: status line, headers, an empty line, and the JSON.
"""

import argparse
import socket
import ssl
import sys
from urllib.parse import urlencode

ADDRESS = "207 N. Defiance St, Archbold, OH"
REQUEST = """\
GET /search?{query} HTTP/1.1\r
Host: {host}\r
User-Agent: netplay-lessons/search4.py\r
Connection: close\r
\r
"""


def connect(host: str, plain: bool) -> socket.socket:
    sock = socket.create_connection((host, 80 if plain else 443), timeout=10)
    if plain:
        return sock
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def geocode(host: str, address: str, plain: bool) -> None:
    query = urlencode({"q": address, "format": "json"})
    with connect(host, plain) as sock:
        sock.sendall(REQUEST.format(query=query, host=host).encode("ascii"))
        raw = b""
        while piece := sock.recv(4096):
            raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    print(head.decode("latin-1").replace("\r\n", "\n"))
    print()
    if b"transfer-encoding: chunked" in head.lower():
        print("(the body comes in chunks, each behind its length in hexadecimal)")
    print(body.decode("utf-8"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print what the geocoder replies.")
    parser.add_argument("address", nargs="?", default=ADDRESS)
    parser.add_argument("--host", default="maps.example.com", help="the geocoder's name")
    parser.add_argument("--plain", action="store_true", help="no TLS; anybody can read along")
    args = parser.parse_args()
    try:
        geocode(args.host, args.address, args.plain)
    except OSError as error:
        sys.exit(f"the geocoder did not answer: {error}")
