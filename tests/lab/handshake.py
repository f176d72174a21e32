"""TLS on a socket of a node, by the Python that runs the tests."""

from __future__ import annotations

import socket
import ssl

from netplay.lab.node import Node

_STARTTLS = {
    "ftp": (b"AUTH TLS\r\n",),  # RFC 4217 §4
    "smtp": (b"EHLO test\r\n", b"STARTTLS\r\n"),  # RFC 3207
    "pop3": (b"STLS\r\n",),  # RFC 2595 §4
    "imap": (b"a STARTTLS\r\n",),  # RFC 9051 §6.2.1
}


def handshake(
    node: Node,
    address: str,
    port: int,
    context: ssl.SSLContext,
    name: str,
    *,
    starttls: str | None = None,
) -> ssl.SSLSocket:
    """A connection from *node* on which TLS has begun; ssl.SSLError if it may not."""
    raw = node.socket()
    try:
        raw.settimeout(10)
        raw.connect((address, port))
        if starttls:
            _line(raw)  # the greeting
        for command in _STARTTLS[starttls] if starttls else ():
            raw.sendall(command)
            while _line(raw)[3:4] == b"-":  # RFC 5321 §4.2.1: more lines of this reply follow
                pass
        return context.wrap_socket(raw, server_hostname=name)
    finally:
        raw.close()  # what is wrapped has its own descriptor by now


def authority(node: Node) -> str:
    """The certificate (PEM) of the lab's own authority, as *node* has it."""
    path = "/usr/local/share/ca-certificates/netplay.crt"
    return node.run("cat", path, check=True, timeout=10).stdout


def _line(sock: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = sock.recv(1)  # not one more: what follows may be TLS already
        assert byte, f"the server hung up after {line!r}"
        line += byte
    return line
