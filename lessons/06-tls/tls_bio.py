#!/usr/bin/env python3
"""TLS without a socket: we carry the bytes ourselves, and so we see the records.

    python3 tls_bio.py www.example.com 443
    python3 tls_bio.py --starttls mail.example.com 25

RFC 8446 §5.1: a record begins with its type, a version (ignore it), and its length.
"""

import argparse
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

TYPES = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}


def show(arrow: str, data: bytes) -> bytes:
    """Print the records that are whole in *data*; the rest is returned."""
    while len(data) >= 5 and len(data) >= (size := 5 + int.from_bytes(data[3:5], "big")):
        print(f"{arrow} {TYPES.get(data[0], 'unknown')}, {size - 5} bytes")
        data = data[size:]
    return data


class Talk:
    """An SSLObject does the thinking; a box on each side of it holds what travels."""

    def __init__(self, sock: socket.socket, host: str, context: ssl.SSLContext) -> None:
        self.sock, self.rest = sock, b""
        self.arrived, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.arrived, self.leaving, server_hostname=host)

    def do(self, action: Callable[[], Any]) -> Any:
        """*action*'s result, once it no longer wants more from the network."""
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                self.send()
                data = self.sock.recv(65536)
                self.rest = show("<-", self.rest + data)
                self.arrived.write(data) if data else self.arrived.write_eof()
            finally:
                self.send()  # an alert, too, if the action failed

    def send(self) -> None:
        self.sock.sendall(data := self.leaving.read())
        show("->", data)


def smtp(sock: socket.socket, command: str) -> None:
    """A command in the clear. RFC 5321 §4.2.1: the last line of an answer has no hyphen."""
    sock.sendall(command.encode("ascii"))
    answer = b""
    while not answer.endswith(b"\n") or answer.splitlines()[-1][3:4] == b"-":
        if not (data := sock.recv(4096)):
            raise ConnectionError("it hung up")
        answer += data
    last = answer.splitlines()[-1].decode("ascii", "replace")
    print(f"{command.strip() or '(greeting)'}: {last}")


def main(host: str, port: int, starttls: bool, cafile: str | None) -> None:
    context = ssl.create_default_context(cafile=cafile)
    question = "QUIT\r\n" if starttls else f"HEAD / HTTP/1.0\r\nHost: {host}\r\n\r\n"
    with socket.create_connection((host, port), timeout=10) as sock:
        for command in ("", "EHLO lesson\r\n", "STARTTLS\r\n") if starttls else ():
            smtp(sock, command)
        talk = Talk(sock, host, context)
        talk.do(talk.tls.do_handshake)
        print(talk.tls.version(), talk.tls.cipher())
        talk.do(lambda: talk.tls.write(question.encode("ascii")))
        answer = b"".join(iter(lambda: talk.do(lambda: talk.tls.read(65536)), b""))
        print(answer.partition(b"\r\n")[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show the records of a TLS connection.")
    parser.add_argument("host", help="the server's name")
    parser.add_argument("port", type=int, help="TCP port")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    parser.add_argument("--starttls", action="store_true", help="begin in plain SMTP")
    args = parser.parse_args()
    try:
        main(args.host, args.port, args.starttls, args.a)
    except OSError as error:
        sys.exit(f"{args.host} port {args.port}: {error}")
