"""A small network to be made worse, and a stream of numbered packets to see how much worse."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from netplay import Lab
from netplay.lab import Node
from netplay.model import PERFECT, Impairment, Link, Role, Topology
from netplay.model import Node as Description
from tests.plan.networks import interface, link

# a ── b ── s1 ── c
#            └── s2 ── d
DECLARED = Impairment(delay=0.03)
A, B, B_LAN, C, D = "10.0.0.1", "10.0.0.2", "10.0.1.2", "10.0.1.3", "10.0.1.4"
# What the kernel says unasked (router solicitations, group reports) would draw from the seed, too.
_QUIET = {"net.ipv6.conf.all.disable_ipv6": "1"}


def network(name: str, declared: Impairment = PERFECT) -> Topology:
    """Two nodes on a cable, two switches with a trunk; *declared* is c's, backward."""
    plain = link("s1:2", "c:eth0")
    return Topology(
        name=name,
        nodes=(
            _node("a", interface("eth0", 1, f"{A}/24")),
            _node("b", interface("eth0", 2, f"{B}/24"), interface("eth1", 3, f"{B_LAN}/24")),
            Description(name="s1", role=Role.SWITCH),
            Description(name="s2", role=Role.SWITCH),
            _node("c", interface("eth0", 4, f"{C}/24")),
            _node("d", interface("eth0", 5, f"{D}/24")),
        ),
        links=(
            link("a:eth0", "b:eth0"),
            link("b:eth1", "s1:1"),
            Link(a=plain.a, b=plain.b, backward=declared),
            link("s1:3", "s2:1"),
            link("d:eth0", "s2:2"),
        ),
    )


def _node(name: str, *interfaces: object) -> Description:
    return Description(name=name, interfaces=interfaces, sysctls=_QUIET)  # type: ignore[arg-type]


@dataclass
class Seen:
    """What came out at the other end: numbers in their order, and how long each was under way."""

    numbers: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return sorted(self.seconds)[len(self.seconds) // 2]


class Stream:
    """Numbered UDP packets from one node to another; both sockets are in this process."""

    def __init__(self, source: Node, target: Node, address: str, size: int = 100) -> None:
        self._sending = source.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiving = target.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._receiving.bind((address, 0))
        self._sending.connect(self._receiving.getsockname())
        self._size = size
        self.sent = 0
        self.seen = Seen()

    def send(self, count: int, every: float = 0.0) -> None:
        """Sends packets, *every* so many seconds, and takes what has come meanwhile."""
        start = time.monotonic()
        for number in range(count):
            while (left := start + number * every - time.monotonic()) > 0:
                self.take(left)
            text = struct.pack("=Qd", self.sent, time.monotonic())
            self._sending.send(text.ljust(self._size, b"."))
            self.sent += 1
            self.take(0)

    def take(self, seconds: float) -> None:
        """Takes what comes, until nothing has for *seconds*."""
        self._receiving.settimeout(seconds)
        while True:
            try:
                data = self._receiving.recv(65536)
            except (TimeoutError, BlockingIOError):
                return
            number, then = struct.unpack_from("=Qd", data)
            self.seen.numbers.append(number)
            self.seen.seconds.append(time.monotonic() - then)

    def close(self) -> None:
        self._sending.close()
        self._receiving.close()


@contextmanager
def stream(lab: Lab, source: str, target: str, address: str, size: int = 100) -> Iterator[Stream]:
    """A stream whose ends already know each other's MAC address."""
    made = Stream(lab[source], lab[target], address, size)
    try:
        made.send(1)
        made.take(0.1)
        made.sent, made.seen = 0, Seen()
        yield made
    finally:
        made.close()


def seen(
    lab: Lab,
    ends: Sequence[str],
    address: str,
    count: int = 20,
    *,
    every: float = 0.001,
    patience: float = 0.2,
    size: int = 100,
) -> Seen:
    """What comes of *count* packets."""
    with stream(lab, ends[0], ends[1], address, size) as made:
        made.send(count, every)
        made.take(patience)
        return made.seen


def panel_has(lab: Lab, interface: str) -> bool:
    """Whether the hidden namespace has an interface of that name."""
    _, descriptors = lab.ask(
        {
            "op": "socket",
            "node": "",
            "family": int(socket.AF_INET),
            "type": int(socket.SOCK_DGRAM),
            "protocol": 0,
        }
    )
    with socket.socket(fileno=descriptors[0]) as there:
        try:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        except OSError:
            return False
        return True
