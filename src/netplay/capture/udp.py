"""UDP (RFC 768)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from netplay.capture.notes import Malformed, Note, Truncated

_HEADER = struct.Struct("!HHHH")


@dataclass(frozen=True, slots=True)
class UDP:
    """A UDP header; ``length`` is in bytes and counts its own eight."""

    source_port: int
    destination_port: int
    length: int
    checksum: int


def decode_udp(data: memoryview, notes: list[Note]) -> tuple[UDP | None, memoryview]:
    """The UDP header, and its payload."""
    size = len(data)
    if size < 8:
        notes.append(Truncated("UDP header", 8, size))
        return None, data[:0]
    source, target, length, checksum = _HEADER.unpack_from(data)
    end = length or size  # RFC 2675 §4: 0 in a jumbogram
    if end < 8:
        notes.append(Malformed("UDP", f"length {length} is less than its header"))
        end = size
    elif end > size:
        notes.append(Truncated("UDP datagram", end, size))
    return UDP(source, target, length, checksum), data[8:end]
