"""TCP (RFC 9293 §3.1) and its options."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from netplay.capture.notes import Malformed, Note, Truncated

_HEADER = struct.Struct("!HHIIBBHHH")
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
# In the order in which people say them: "SYN, ACK", not "ACK, SYN".
FLAG_NAMES = (
    (SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (ACK, "ACK"), (URG, "URG"),
    (ECE, "ECE"), (CWR, "CWR"),
)  # fmt: skip
# IANA "TCP Option Kind Numbers"; RFC 9293 §3.2, RFC 7323, RFC 2018.
_END, _NOP, _MSS, _SCALE, _SACK_OK, _SACK, _TIMESTAMPS = 0, 1, 2, 3, 4, 5, 8


@dataclass(frozen=True, slots=True)
class TCP:
    """A TCP header. Numbers are as on the wire; ``flows`` makes them relative."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgment: int
    flags: int
    window: int
    header: memoryview = field(repr=False)

    @property
    def syn(self) -> bool:
        """Whether this opens a connection, or accepts one (with ``ack``)."""
        return bool(self.flags & SYN)

    @property
    def ack(self) -> bool:
        """Whether the acknowledgment number counts: in all but the first packet."""
        return bool(self.flags & ACK)

    @property
    def fin(self) -> bool:
        """Whether the sender has nothing more to send."""
        return bool(self.flags & FIN)

    @property
    def rst(self) -> bool:
        """Whether the sender knows no such connection, or gives it up."""
        return bool(self.flags & RST)

    @property
    def flag_names(self) -> tuple[str, ...]:
        """The flags that are set: ``("SYN", "ACK")``."""
        return tuple(name for bit, name in FLAG_NAMES if self.flags & bit)

    @property
    def checksum(self) -> int:
        """The checksum field."""
        return self.header[16] << 8 | self.header[17]

    @property
    def urgent(self) -> int:
        """The urgent pointer (RFC 6093 asks everyone to leave it alone)."""
        return self.header[18] << 8 | self.header[19]

    @property
    def options(self) -> dict[int, memoryview]:
        """The options by kind, without kind and length; what cannot be read is left out."""
        found: dict[int, memoryview] = {}
        place, end = 20, len(self.header)
        while place < end and self.header[place] != _END:
            if self.header[place] == _NOP:
                place += 1
                continue
            size = self.header[place + 1] if place + 1 < end else 0
            if size < 2 or place + size > end:
                break
            found[self.header[place]] = self.header[place + 2 : place + size]
            place += size
        return found

    @property
    def mss(self) -> int | None:
        """The largest segment that the sender of a SYN wants to get, in bytes."""
        value = self.options.get(_MSS)
        return None if value is None or len(value) != 2 else int.from_bytes(value, "big")

    @property
    def window_scale(self) -> int | None:
        """RFC 7323 §2.2: the shift for all later windows, only in a SYN; at most 14."""
        value = self.options.get(_SCALE)
        return None if value is None or len(value) != 1 else min(value[0], 14)

    @property
    def timestamps(self) -> tuple[int, int] | None:
        """RFC 7323 §3.2: the sender's clock, and the last one it saw of the other side."""
        value = self.options.get(_TIMESTAMPS)
        if value is None or len(value) != 8:
            return None
        return int.from_bytes(value[:4], "big"), int.from_bytes(value[4:], "big")

    @property
    def sack(self) -> tuple[tuple[int, int], ...]:
        """RFC 2018 §3: the blocks that arrived beyond the acknowledgment number."""
        value = self.options.get(_SACK, b"")
        edges = [int.from_bytes(value[i : i + 4], "big") for i in range(0, len(value) - 3, 4)]
        return tuple(zip(edges[::2], edges[1::2], strict=False))

    def info(self, size: int) -> str:
        """The segment in words, numbers as on the wire; *size* is that of its payload."""
        words = [", ".join(self.flag_names) or "no flags", f"seq {self.sequence}"]
        if self.ack:
            words.append(f"ack {self.acknowledgment}")
        if size:
            words.append(f"{size} bytes")
        words.append(f"win {self.window}")
        if self.syn and self.mss is not None:
            words.append(f"mss {self.mss}")
        return " ".join(words)


def decode_tcp(data: memoryview, notes: list[Note]) -> tuple[TCP | None, memoryview]:
    """The TCP header, and its payload."""
    size = len(data)
    if size < 20:
        notes.append(Truncated("TCP header", 20, size))
        return None, data[:0]
    source, target, sequence, ack, offset, flags, window, _, _ = _HEADER.unpack_from(data)
    begin = (offset >> 4) * 4
    if begin < 20:
        notes.append(Malformed("TCP header", f"only {begin} bytes long"))
        begin = 20
    elif begin > size:
        notes.append(Truncated("TCP header", begin, size))
    return TCP(source, target, sequence, ack, flags, window, data[:begin]), data[begin:]
