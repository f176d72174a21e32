#!/usr/bin/env python3
"""The same question over five transports: how long the first takes, and the next ones.

    python3 dns_secure.py backbone www.example.com

UDP and TCP (RFC 1035, RFC 7766), TLS (RFC 7858), HTTPS (RFC 8484) and QUIC (RFC 9250).
"""

import argparse
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import dns.message
import dns.query
import dns.quic
import httpx2

TIMEOUT = 5.0
Ask = Callable[[dns.message.Message], dns.message.Message]


def over_udp(host: str, address: str, stack: ExitStack) -> Ask:
    return lambda query: dns.query.udp(query, address, TIMEOUT)


def over_tcp(host: str, address: str, stack: ExitStack) -> Ask:
    sock = stack.enter_context(socket.create_connection((address, 53), TIMEOUT))
    return lambda query: dns.query.tcp(query, address, TIMEOUT, sock=sock)


def over_tls(host: str, address: str, stack: ExitStack) -> Ask:
    plain = socket.create_connection((address, 853), TIMEOUT)
    context = ssl.create_default_context()  # checks the certificate against the host's name
    sock = stack.enter_context(context.wrap_socket(plain, server_hostname=host))
    return lambda query: dns.query.tls(query, address, TIMEOUT, sock=sock)


def over_https(host: str, address: str, stack: ExitStack) -> Ask:
    client = stack.enter_context(httpx2.Client(http2=True, verify=ssl.create_default_context()))
    url = f"https://{host}/dns-query"
    return lambda query: dns.query.https(query, url, TIMEOUT, session=client)


def over_quic(host: str, address: str, stack: ExitStack) -> Ask:
    roots = ssl.get_default_verify_paths().cafile
    new: Any = dns.quic.SyncQuicManager  # it has no types
    connection = stack.enter_context(new(None, roots, host)).connect(address)
    return lambda query: dns.query.quic(query, address, TIMEOUT, connection=connection)


TRANSPORTS = {
    "UDP": over_udp,
    "TCP": over_tcp,
    "TLS": over_tls,
    "HTTPS": over_https,
    "QUIC": over_quic,
}


def measure(prepare: Callable[[str, str, ExitStack], Ask], host: str, name: str) -> str:
    address = str(socket.getaddrinfo(host, 53, type=socket.SOCK_STREAM)[0][4][0])
    query = dns.message.make_query(name, "A")
    for _ in range(2):  # the first round only warms Python up
        times = []
        with ExitStack() as stack:
            start = time.perf_counter()
            ask = prepare(host, address, stack)
            for _ in range(5):
                reply = ask(query)
                times.append(1000 * (time.perf_counter() - start))
                start = time.perf_counter()
    answer = reply.answer[-1][0] if reply.answer else "nothing"
    return f"{answer}, the first in {times[0]:.2f} ms, later ones in {min(times[1:]):.2f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare five transports of the DNS.")
    parser.add_argument("server", help="its name, as in its certificate")
    parser.add_argument("name", help="the name to look up")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        for title, prepare in TRANSPORTS.items():
            try:
                print(f"{title:6}{measure(prepare, args.server, args.name)}")
            except Exception as error:  # three libraries, and each has exceptions of its own
                print(f"{title:6}failed: {str(error) or type(error).__name__}")
