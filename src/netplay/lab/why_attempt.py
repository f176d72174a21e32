"""The attempts that `why` watches: looking a name up, and connecting."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netplay.lab.node import Node
from netplay.model import Address
from netplay.structs import Frozen

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

# A SYN is sent again after 1 s (RFC 6298 §2.1), and once more 2 s later: two are enough to judge.
_PATIENCE = 2.5
_DNS = 53


class Attempt(Frozen):
    """What became of one. ``error`` is the errno's name, "silence", or empty if it went well."""

    transport: str
    source: Address | None
    source_port: int
    target: Address
    port: int
    error: str
    seconds: float


def resolve(node: Node, host: str) -> tuple[Address, ...]:
    """The addresses of *host* as *node* sees them; gives up on a silent name server after 1 s."""
    try:
        return (ip_address(host),)
    except ValueError:
        pass
    done = node.run("getent", "ahosts", host, env={"RES_OPTIONS": "timeout:1 attempts:1"})
    found = (line.split()[0] for line in done.stdout.splitlines() if line)
    return tuple(dict.fromkeys(ip_address(word) for word in found))


def nameservers(node: Node) -> list[str]:
    """Whom *node* asks for names, as it is configured now."""
    lines = node.run("cat", "/etc/resolv.conf").stdout.splitlines()
    words = [line.split() for line in lines]
    return [row[1] for row in words if row[:1] == ["nameserver"] and len(row) > 1]


def attempt(lab: Lab, node: str, target: Address, port: int, transport: str) -> Attempt:
    """Connects to *target* from *node*, or sends a datagram and waits for an answer."""
    family = socket.AF_INET if target.version == 4 else socket.AF_INET6
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    begun = time.monotonic()
    with lab[node].socket(family, kind) as sock:
        sock.setblocking(False)
        number = sock.connect_ex((str(target), port))
        if kind == socket.SOCK_DGRAM and not number:
            number = _ask(sock, port)
        elif number == errno.EINPROGRESS:
            number = _outcome(sock, select.POLLOUT)
        error = "" if number == 0 else "silence" if number == -1 else errno.errorcode[number]
        name = sock.getsockname()
    own = ip_address(name[0])
    source = None if own.is_unspecified else own
    return Attempt(transport, source, name[1], target, port, error, time.monotonic() - begun)


def _ask(sock: socket.socket, port: int) -> int:
    try:
        sock.send(_query() if port == _DNS else b"\n")
    except OSError as error:
        return error.errno or errno.EIO
    return _outcome(sock, select.POLLIN)


def _outcome(sock: socket.socket, event: int) -> int:
    """The errno of what comes; -1 if nothing does."""
    poll = select.poll()
    poll.register(sock, event)
    if not poll.poll(_PATIENCE * 1000):
        return -1
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _query() -> bytes:
    """Any question that every name server answers: the name servers of the root (RFC 1035 §4)."""
    number = int.from_bytes(os.urandom(2), "big")
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!HH", 2, 1)
