"""Arithmetic in filters: ``tcp[tcpflags] & (tcp-syn|tcp-ack) != 0``, ``len > 1000``.

All numbers are unsigned and have 32 bits. As in libpcap, reading beyond the end of the packet makes
the whole filter false, while asking a protocol that is not there makes only that relation false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from netplay.capture.frame import ETHERNET, LINUX_COOKED, LINUX_COOKED_2
from netplay.capture.icmp import ICMP
from netplay.capture.ip import IGMP, PROTOCOL_NAMES
from netplay.capture.packet import Packet

Value = Callable[[Packet], int]
Predicate = Callable[[Packet], bool]
_MASK = 0xFFFFFFFF


class NotThereError(Exception):
    """The packet has no such protocol: the relation is false."""


class TooShortError(Exception):
    """The packet ends before: the filter is false."""


RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
    "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.floordiv,
    "%": operator.mod, "&": operator.and_, "|": operator.or_, "^": operator.xor,
    "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip
# libpcap's grammar.y: what binds together, loosest first.
PRECEDENCE = (("|", "&", "^"), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))

_ICMP = (
    ("icmp-echoreply", 0), ("icmp-unreach", 3), ("icmp-sourcequench", 4), ("icmp-redirect", 5),
    ("icmp-echo", 8), ("icmp-routeradvert", 9), ("icmp-routersolicit", 10),
    ("icmp-timxceed", 11), ("icmp-paramprob", 12), ("icmp-tstamp", 13),
    ("icmp-tstampreply", 14), ("icmp-ireq", 15), ("icmp-ireqreply", 16), ("icmp-maskreq", 17),
    ("icmp-maskreply", 18),
)  # fmt: skip
_ICMP6 = (
    ("destinationunreach", 1), ("packettoobig", 2), ("timeexceeded", 3), ("parameterproblem", 4),
    ("echo", 128), ("echoreply", 129), ("multicastlistenerquery", 130),
    ("multicastlistenerreportv1", 131), ("multicastlistenerdone", 132), ("routersolicit", 133),
    ("routeradvert", 134), ("neighborsolicit", 135), ("neighboradvert", 136), ("redirect", 137),
    ("multicastlistenerreportv2", 143),
)  # fmt: skip
CONSTANTS: dict[str, int] = {
    "tcpflags": 13, "icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1,
    "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32,
    "tcp-ece": 64, "tcp-cwr": 128, **dict(_ICMP), **{f"icmp6-{n}": v for n, v in _ICMP6},
}  # fmt: skip


def constant(number: int) -> Value:
    """A value that is the same for every packet."""
    return lambda packet: number & _MASK


def length(packet: Packet) -> int:
    """``len``: bytes on the wire."""
    return packet.length


def combine(symbol: str, left: Value, right: Value) -> Value:
    """``left symbol right``; dividing by zero counts as reading beyond the end."""
    apply = OPERATORS[symbol]

    def value(packet: Packet) -> int:
        a, b = left(packet), right(packet)
        if (symbol in "/%" and not b) or (symbol in ("<<", ">>") and b > 31):
            raise TooShortError
        return apply(a, b) & _MASK

    return value


def relation(symbol: str, left: Value, right: Value) -> Predicate:
    """``left symbol right`` as a question."""
    holds = RELATIONS[symbol]

    def predicate(packet: Packet) -> bool:
        try:
            return holds(left(packet), right(packet))
        except NotThereError:
            return False

    return predicate


def accessor(protocol: str, offset: Value, size: int) -> Value:
    """``protocol[offset:size]``: big-endian bytes, counted from that protocol's header."""
    begin = ACCESSORS[protocol]

    def value(packet: Packet) -> int:
        place = begin(packet) + offset(packet)
        data = packet.frame.data[place : place + size]
        if len(data) < size:
            raise TooShortError
        return int.from_bytes(data, "big")

    return value


def _link(packet: Packet) -> int:
    return 0


def _network(packet: Packet) -> int:
    """Where the network header begins in the frame."""
    kind = packet.frame.link_type
    if kind == ETHERNET:
        return 14 + 4 * len(packet.vlans)
    return {LINUX_COOKED: 16, LINUX_COOKED_2: 20}.get(kind, 0)


def _ip(version: int) -> Value:
    def begin(packet: Packet) -> int:
        if packet.ip is None or packet.ip.version != version:
            raise NotThereError
        return _network(packet)

    return begin


def _arp(packet: Packet) -> int:
    if packet.arp is None:
        raise NotThereError
    return _network(packet)


def _above(test: Predicate) -> Value:
    """The start of the IP payload of packets that *test* finds, but not in later fragments."""

    def begin(packet: Packet) -> int:
        ip = packet.ip
        if ip is None or ip.fragment_offset or not test(packet):
            raise NotThereError
        return _network(packet) + len(ip.header)

    return begin


def _transport(packet: Packet, number: int) -> bool:
    return packet.ip is not None and packet.ip.protocol == number


def _message(packet: Packet, version: int) -> bool:
    return isinstance(packet.transport, ICMP) and packet.transport.version == version


PROTOCOLS: dict[str, int] = {
    name.lower(): number for number, name in PROTOCOL_NAMES.items() if " " not in name
} | {
    "icmp6": 58, "ipv6-icmp": 58, "igmp": IGMP, "ipv6": 41,
}  # fmt: skip

ACCESSORS: dict[str, Value] = {
    "ether": _link,
    "link": _link,
    "ip": _ip(4),
    "ip6": _ip(6),
    "arp": _arp,
    "icmp": _above(lambda packet: _message(packet, 4)),
    "icmp6": _above(lambda packet: _message(packet, 6)),
    "tcp": _above(lambda packet: _transport(packet, 6)),
    "udp": _above(lambda packet: _transport(packet, 17)),
    "igmp": _above(lambda packet: _transport(packet, 2)),
    "sctp": _above(lambda packet: _transport(packet, 132)),
    "pim": _above(lambda packet: _transport(packet, 103)),
    "vrrp": _above(lambda packet: _transport(packet, 112)),
}
