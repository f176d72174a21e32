"""Writing pcapng (draft-ietf-opsawg-pcapng), the file that Wireshark and tcpdump open.

A file is a row of blocks, each with its length before and behind (§3.1), so that a program can
skip what it does not know and even read backwards. One section holds everything: a header, an
interface block for every capture point, then packets as they come. Each batch goes out in
one write, whole blocks only: whoever reads the other end of a pipe, or the file of a recording
that still runs, finds it well-formed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Protocol

from netplay.capture.frame import Direction, Frame, Point
from netplay.model import Address

SECTION, INTERFACE, SIMPLE_PACKET, NAMES, STATISTICS, PACKET = 0x0A0D0D0A, 1, 3, 4, 5, 6
BYTE_ORDER = 0x1A2B3C4D
COMMENT = 1  # §3.5.1: in any block
SHB_OS, SHB_APPLICATION = 3, 4  # §4.1
IF_NAME, IF_DESCRIPTION, IF_RESOLUTION, IF_OFFSET = 2, 3, 9, 14  # §4.2
EPB_FLAGS = 2  # §4.3
NAME_END, NAME_IPV4, NAME_IPV6 = 0, 1, 2  # §4.5
ISB_RECEIVED, ISB_DROPPED = 4, 5  # §4.6

# §4.3.1: the two lowest bits of the flags word.
_DIRECTION = {Direction.IN: 1, Direction.OUT: 2}
_BLOCK, _PACKET_HEADER, _OPTION = struct.Struct("<II"), struct.Struct("<IIIII"), "<HH"
_FLAGS = {
    direction: struct.pack("<HHIHH", EPB_FLAGS, 4, bits, 0, 0)
    for direction, bits in _DIRECTION.items()
}
_PAD = (b"", b"\0\0\0", b"\0\0", b"\0")  # §3.1: everything is aligned to 32 bits


class Sink(Protocol):
    """What the writer needs of a file."""

    def write(self, data: bytes, /) -> object:
        """Take all of *data*, as buffered files do."""

    def flush(self) -> object:
        """Pass on what was taken."""


class Writer:
    """Writes one section; every method leaves the file well-formed.

    *names* maps addresses to names; Wireshark shows the first of each. A frame from a point
    that was not announced gets an interface block of its own when it comes. Times
    have a resolution of one nanosecond.
    """

    def __init__(
        self,
        file: Sink,
        points: Iterable[Point] = (),
        names: Mapping[Address, Iterable[str]] | None = None,
        *,
        application: str = "netplay",
        system: str = "Linux",
        comment: str = "",
    ) -> None:
        self._file = file
        self._interfaces: dict[str, int] = {}
        self._snap: list[int] = []
        options = ((COMMENT, comment), (SHB_OS, system), (SHB_APPLICATION, application))
        # §4.1: version 1.0; a length of -1 says that the section's is not known.
        header = struct.pack("<IHHq", BYTE_ORDER, 1, 0, -1)
        out = [_block(SECTION, header + _options(options))]
        out.extend(self._add(point) for point in points)
        if names:
            out.append(_names_block(names))
        self._put(out)

    def write(self, frames: Iterable[Frame]) -> None:
        """Append *frames*, one Enhanced Packet Block each, in one write."""
        out: list[bytes] = []
        for frame in frames:
            number = self._interfaces.get(frame.point)
            if number is None:
                out.append(self._add(Point(name=frame.point, link_type=frame.link_type)))
                number = self._interfaces[frame.point]
            out.append(_packet_block(number, frame, self._snap[number]))
        self._put(out)

    def names(self, names: Mapping[Address, Iterable[str]]) -> None:
        """Append a Name Resolution Block; it holds for the packets before it too."""
        self._put([_names_block(names)])

    def statistics(self, point: str, time_ns: int, received: int, dropped: int) -> None:
        """Append how many packets came in at *point*, and how many the kernel threw away."""
        if point not in self._interfaces:
            self._put([self._add(Point(name=point))])
        high, low = time_ns >> 32, time_ns & 0xFFFFFFFF
        counts = [(ISB_RECEIVED, received), (ISB_DROPPED, dropped)]
        options = b"".join(_option(code, struct.pack("<Q", value)) for code, value in counts)
        body = struct.pack("<III", self._interfaces[point], high, low)
        self._put([_block(STATISTICS, body + options + bytes(4))])

    def _add(self, point: Point) -> bytes:
        self._interfaces[point.name] = len(self._snap)
        self._snap.append(point.snap_length)
        texts = ((IF_NAME, point.name), (IF_DESCRIPTION, point.description))
        resolution = _option(IF_RESOLUTION, b"\x09")  # §4.2: 10 ** -9 seconds
        body = struct.pack("<HHI", point.link_type, 0, point.snap_length)
        return _block(INTERFACE, body + resolution + _options(texts))

    def _put(self, blocks: list[bytes]) -> None:
        if blocks:
            self._file.write(b"".join(blocks))
            self._file.flush()


def _packet_block(number: int, frame: Frame, snap: int) -> bytes:
    """§4.3: interface, 64 bits of time, both lengths, the bytes, the options."""
    data = frame.data if len(frame.data) <= snap else frame.data[:snap]
    captured, time = len(data), frame.time_ns
    options = _FLAGS.get(frame.direction, b"")
    if frame.comment:
        # The end-of-options mark (four zero bytes) stands at the end of the flags.
        options = options[:-4] + _option(COMMENT, _text(frame.comment)) + bytes(4)
    original = max(frame.length, len(frame.data))
    header = _PACKET_HEADER.pack(number, time >> 32, time & 0xFFFFFFFF, captured, original)
    pad = _PAD[captured & 3]
    size = 32 + captured + len(pad) + len(options)
    begin = _BLOCK.pack(PACKET, size)
    return b"".join((begin, header, data, pad, options, begin[4:]))


def _names_block(names: Mapping[Address, Iterable[str]]) -> bytes:
    """§4.5: an address, then its names, each ended by a zero byte.

    The draft gives their order no meaning; Wireshark shows the last, so the first goes there.
    """
    out = []
    for address, known in names.items():
        ordered = reversed(tuple(known))
        texts = b"".join(_text(name).replace(b"\0", b"") + b"\0" for name in ordered)
        kind = NAME_IPV4 if address.version == 4 else NAME_IPV6
        if texts:
            out.append(_option(kind, address.packed + texts))
    return _block(NAMES, b"".join(out) + bytes(4))


def _options(texts: Iterable[tuple[int, str]]) -> bytes:
    """§3.5: the texts that are not empty, and the end mark."""
    return b"".join(_option(code, _text(text)) for code, text in texts if text) + bytes(4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack(_OPTION, code, len(value)) + value + _PAD[len(value) & 3]


def _text(text: str) -> bytes:
    return text.encode("utf-8", "replace")[:65000]  # the length has 16 bits


def _block(kind: int, body: bytes) -> bytes:
    begin = _BLOCK.pack(kind, len(body) + 12)
    return begin + body + begin[4:]
