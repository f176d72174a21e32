"""ICMP (RFC 792) and ICMPv6 (RFC 4443), with the packet an error quotes, and neighbour discovery.

The quoted packet is what makes an error useful: it says which of the packets sent before
went wrong, and so lets the ladder write the reason next to the place where it died.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from netplay.capture import ip as _ip
from netplay.capture.ethernet import mac
from netplay.capture.ip import IP, address4, address6, decode_ip
from netplay.capture.notes import Note, Truncated
from netplay.model import Address

_V4_NAMES = {
    0: "echo reply", 3: "destination unreachable", 4: "source quench", 5: "redirect",
    8: "echo request", 9: "router advertisement", 10: "router solicitation",
    11: "time exceeded", 12: "parameter problem", 13: "timestamp request", 14: "timestamp reply",
}  # fmt: skip
_V6_NAMES = {
    1: "destination unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem",
    128: "echo request", 129: "echo reply", 130: "multicast listener query",
    131: "multicast listener report", 132: "multicast listener done",
    133: "router solicitation", 134: "router advertisement", 135: "neighbor solicitation",
    136: "neighbor advertisement", 137: "redirect", 143: "multicast listener report",
}  # fmt: skip
_CODES = {
    (4, 3): {
        0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable",
        3: "port unreachable", 4: "fragmentation needed", 5: "source route failed",
        6: "network unknown", 7: "host unknown", 9: "network prohibited", 10: "host prohibited",
        11: "network unreachable for this service", 12: "host unreachable for this service",
        13: "administratively prohibited",
    },
    (4, 5): {0: "for the network", 1: "for the host"},
    (4, 11): {0: "in transit", 1: "while reassembling"},
    (6, 1): {
        0: "no route", 1: "administratively prohibited", 2: "beyond the scope of the source",
        3: "address unreachable", 4: "port unreachable", 5: "source address refused",
        6: "route rejected",
    },
    (6, 3): {0: "in transit", 1: "while reassembling"},
    (6, 4): {0: "bad header field", 1: "unknown next header", 2: "unknown option"},
}  # fmt: skip
_V4_ERRORS = frozenset({3, 4, 5, 11, 12})
_DISCOVERY = frozenset({135, 136, 137})


@dataclass(frozen=True, slots=True)
class Quoted:
    """The start of the packet that an error is about; 8 bytes of its payload are certain."""

    ip: IP
    payload: memoryview = field(repr=False)

    @property
    def ports(self) -> tuple[int, int] | None:
        """Source and destination port of a quoted TCP or UDP packet."""
        if self.ip.protocol not in (_ip.TCP, _ip.UDP) or len(self.payload) < 4:
            return None
        return self.payload[0] << 8 | self.payload[1], self.payload[2] << 8 | self.payload[3]

    def info(self, name: Callable[[Address], str] = str) -> str:
        """Which packet it was."""
        protocol = _ip.PROTOCOL_NAMES.get(self.ip.protocol, f"protocol {self.ip.protocol}")
        source, target = name(self.ip.source), name(self.ip.destination)
        if self.ports:
            source, target = f"{source}:{self.ports[0]}", f"{target}:{self.ports[1]}"
        return f"{protocol} {source} > {target}"


@dataclass(frozen=True, slots=True)
class ICMP:
    """A message of ICMP (``version`` 4) or ICMPv6 (6).

    ``rest`` are the four bytes after the checksum; what they mean depends on the type.
    """

    version: int
    type: int
    code: int
    checksum: int
    rest: memoryview = field(repr=False)
    quoted: Quoted | None = None
    target: Address | None = None  # neighbour discovery and redirects: whom it is about
    link_address: str = ""  # neighbour discovery: the MAC address it tells

    @property
    def echo(self) -> bool:
        """Whether this is a ping or the answer to one."""
        return self.type in ((0, 8) if self.version == 4 else (128, 129))

    @property
    def identifier(self) -> int | None:
        """Which ping it belongs to; NAT may rewrite it, as it does ports."""
        return self.rest[0] << 8 | self.rest[1] if self.echo and len(self.rest) == 4 else None

    @property
    def sequence(self) -> int | None:
        """Which echo of the ping it is."""
        return self.rest[2] << 8 | self.rest[3] if self.echo and len(self.rest) == 4 else None

    @property
    def mtu(self) -> int | None:
        """What would fit: RFC 1191 §4 (fragmentation needed), RFC 4443 §3.2 (packet too big)."""
        if (self.version, self.type, self.code) == (4, 3, 4):
            return int.from_bytes(self.rest[2:4], "big")
        return int.from_bytes(self.rest, "big") if (self.version, self.type) == (6, 2) else None

    @property
    def error(self) -> bool:
        """Whether it reports that another packet failed (RFC 4443 §2.1: types below 128)."""
        return self.type < 128 if self.version == 6 else self.type in _V4_ERRORS

    @property
    def reason(self) -> str:
        """Type and code in words: ``port unreachable``."""
        names = _V4_NAMES if self.version == 4 else _V6_NAMES
        word = names.get(self.type, f"type {self.type}")
        code = _CODES.get((self.version, self.type), {}).get(self.code, "")
        if word == "destination unreachable":
            return code or f"{word} (code {self.code})"
        return f"{word} {code}".rstrip()

    def info(self, name: Callable[[Address], str] = str) -> str:
        """The message in words; *name* says how addresses are written."""
        words = [self.reason]
        if self.identifier is not None:
            words.append(f"id {self.identifier} seq {self.sequence}")
        if self.mtu is not None:
            words.append(f"mtu {self.mtu}")
        if self.target is not None:
            words.append(name(self.target))
        if self.link_address:
            words.append(f"at {self.link_address}")
        if self.quoted:
            words.append(f"({self.quoted.info(name)})")
        return " ".join(words)


def decode_icmp(
    version: int, data: memoryview, notes: list[Note]
) -> tuple[ICMP | None, memoryview]:
    """The message, and what follows its eight-byte header."""
    if len(data) < 8:
        notes.append(Truncated("ICMP" if version == 4 else "ICMPv6", 8, len(data)))
        return None, data[:0]
    kind, code, found = data[0], data[1], data[2] << 8 | data[3]
    rest, body = data[4:8], data[8:]
    if version == 6 and kind in _DISCOVERY:
        target, link = _discovery(kind, body)
        return ICMP(6, kind, code, found, rest, None, target, link), body
    message = ICMP(version, kind, code, found, rest)
    if not message.error:
        return message, body
    # The quotation is cut by design (RFC 1812 §4.3.2.3: 576 bytes), so its notes are not ours.
    inner, payload = decode_ip(body, [])
    quoted = None if inner is None else Quoted(inner, payload)
    gateway = address4(bytes(rest)) if version == 4 and kind == 5 else None
    return ICMP(version, kind, code, found, rest, quoted, gateway), body


def _discovery(kind: int, body: memoryview) -> tuple[Address | None, str]:
    """RFC 4861 §4.3 to §4.6.1: the target, then options in units of eight bytes."""
    if len(body) < 16:
        return None, ""
    place = 32 if kind == 137 else 16
    while place + 8 <= len(body) and body[place + 1]:
        if body[place] in (1, 2):  # source or target link-layer address
            return address6(bytes(body[:16])), mac(bytes(body[place + 2 : place + 8]))
        place += body[place + 1] * 8
    return address6(bytes(body[:16])), ""
