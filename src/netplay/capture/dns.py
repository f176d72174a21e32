"""DNS messages (RFC 1035 §4), far enough for one line: who was asked what, and the answer.

A name may end in a pointer to an earlier place (§4.1.4). A hostile message points at
itself, so a name is followed backwards only, which must end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from netplay.capture.escaping import escape

_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")
TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT",
    28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS",
    44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 52: "TLSA", 64: "SVCB",
    65: "HTTPS", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 257: "CAA",
}  # fmt: skip
RCODES = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
    6: "YXDOMAIN", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE",
}  # fmt: skip
OPCODES = {0: "query", 4: "notify", 5: "update"}
_SHOWN = 4  # answers in one line


class _Broken(Exception):
    """The message ends, or points, where it must not."""


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record, or a question (``value`` is then empty); all text is escaped."""

    name: str
    type: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class DNS:
    """A DNS message; ``answers`` leaves out the authority and additional sections."""

    id: int
    response: bool
    opcode: str
    rcode: str
    authoritative: bool
    truncated: bool
    questions: tuple[Record, ...]
    answers: tuple[Record, ...]

    @property
    def info(self) -> str:
        """The message in words."""
        asked = ", ".join(f"{q.type} {q.name}" for q in self.questions) or "nothing"
        if not self.response:
            return f"{self.opcode} {asked}"
        cut = " (truncated: ask again over TCP)" if self.truncated else ""
        if self.rcode != "NOERROR":
            return f"answer {asked}: {self.rcode}{cut}"
        values = [f"{a.type} {a.value}" for a in self.answers[:_SHOWN]]
        if len(self.answers) > _SHOWN:
            values.append(f"{len(self.answers) - _SHOWN} more")
        return f"answer {asked}: {', '.join(values) or 'no such record'}{cut}"


def decode_dns(payload: bytes | memoryview) -> DNS | None:
    """The message in *payload*, or None if that is not one. Never raises."""
    data = bytes(payload)
    if len(data) < 12:
        return None
    number, flags, asked, answered, _, _ = _HEADER.unpack_from(data)
    opcode, rcode = flags >> 11 & 15, flags & 15
    questions: list[Record] = []
    answers: list[Record] = []
    try:
        place = 12
        for _ in range(asked):
            place = _question(data, place, questions)
        for _ in range(answered):
            place = _answer(data, place, answers)
    except _Broken:
        # Cut by the snap length, or not DNS at all: a question that can be read decides.
        if not questions:
            return None
    return DNS(
        number,
        bool(flags & 0x8000),
        OPCODES.get(opcode, f"opcode {opcode}"),
        RCODES.get(rcode, f"rcode {rcode}"),
        bool(flags & 0x0400),
        bool(flags & 0x0200),
        tuple(questions),
        tuple(answers),
    )


def _question(data: bytes, place: int, found: list[Record]) -> int:
    name, place = _name(data, place)
    if place + 4 > len(data):
        raise _Broken
    found.append(Record(name, _type(data[place] << 8 | data[place + 1])))
    return place + 4


def _answer(data: bytes, place: int, found: list[Record]) -> int:
    name, place = _name(data, place)
    if place + 10 > len(data):
        raise _Broken
    kind, _, _, size = _FIXED.unpack_from(data, place)
    begin, end = place + 10, place + 10 + size
    if end > len(data):
        raise _Broken
    found.append(Record(name, _type(kind), _value(data, kind, begin, end)))
    return int(end)


def _type(number: int) -> str:
    return TYPES.get(number, f"TYPE{number}")  # RFC 3597 §5


def _name(data: bytes, place: int) -> tuple[str, int]:
    """The name at *place* with its last dot, and where the next field begins."""
    labels: list[str] = []
    after = limit = -1
    while True:
        if place >= len(data):
            raise _Broken
        size = data[place]
        if size & 0xC0 == 0xC0:
            if place + 1 >= len(data):
                raise _Broken
            target = (size & 0x3F) << 8 | data[place + 1]
            if after < 0:
                after, limit = place + 2, place
            if target >= limit:
                raise _Broken
            place = limit = target
        elif size > 63 or place + 1 + size > len(data):  # §2.3.4
            raise _Broken
        elif size == 0:
            return ".".join(labels) + ".", after if after >= 0 else place + 1
        else:
            labels.append(escape(data[place + 1 : place + 1 + size]))
            place += 1 + size
            if len(labels) > 127:
                raise _Broken


def _value(data: bytes, kind: int, begin: int, end: int) -> str:
    """The data of a record as a person writes it (RFC 1035 §3.3, RFC 3596, RFC 2782)."""
    size, name = end - begin, TYPES.get(kind)
    if name == "A" and size == 4:
        return str(IPv4Address(data[begin:end]))
    if name == "AAAA" and size == 16:
        return str(IPv6Address(data[begin:end]))
    if name in ("NS", "CNAME", "PTR", "DNAME", "SOA"):
        return _name(data, begin)[0]
    if name == "MX" and size > 2:
        return f"{data[begin] << 8 | data[begin + 1]} {_name(data, begin + 2)[0]}"
    if name == "SRV" and size > 6:
        numbers = struct.unpack_from("!HHH", data, begin)
        return " ".join([*map(str, numbers), _name(data, begin + 6)[0]])
    if name == "TXT" and size:
        return f'"{escape(data[begin + 1 : min(end, begin + 1 + data[begin])], 60)}"'
    return f"({size} bytes)"
