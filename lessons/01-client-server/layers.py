#!/usr/bin/env python3
"""Where the time goes: one fetch, with a stopwatch at each layer.

    python3 layers.py www.example.com
    python3 layers.py --plain www.example.com /journey.html

DNS finds the address, TCP connects, TLS shakes hands, HTTP asks; then the answer comes.
"""

import argparse
import itertools
import socket
import ssl
import sys
import time


def fetch(host: str, path: str, plain: bool) -> None:
    marks = [("start", time.perf_counter())]

    infos = socket.getaddrinfo(host, 80 if plain else 443, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = infos[0]
    marks.append(("name to address (DNS)", time.perf_counter()))

    sock = socket.socket(family, kind, protocol)
    sock.settimeout(10)
    sock.connect(address)
    marks.append(("connection (TCP)", time.perf_counter()))

    if not plain:
        sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        marks.append(("encryption (TLS)", time.perf_counter()))

    with sock:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        sock.sendall(request.encode("ascii"))
        raw = sock.recv(1)
        marks.append(("first byte (HTTP)", time.perf_counter()))
        while piece := sock.recv(65536):
            raw += piece
    marks.append(("the rest", time.perf_counter()))

    print(raw.partition(b"\r\n")[0].decode("latin-1"))
    for (_, before), (name, after) in itertools.pairwise(marks):
        print(f"{name:22} {(after - before) * 1000:8.2f} ms")
    print(f"{'all':22} {(marks[-1][1] - marks[0][1]) * 1000:8.2f} ms for {len(raw)} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure each layer of one HTTP request.")
    parser.add_argument("host", nargs="?", default="www.example.com")
    parser.add_argument("path", nargs="?", default="/")
    parser.add_argument("--plain", action="store_true", help="no TLS, port 80")
    args = parser.parse_args()
    try:
        fetch(args.host, args.path, args.plain)
    except OSError as error:
        sys.exit(f"{args.host}: {error}")
