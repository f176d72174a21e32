"""Reading pcapng (draft-ietf-opsawg-pcapng): ours, Wireshark's, dumpcap's, from either byte order.

The reader is handed bytes in pieces of any size and gives frames back, so that it serves a file, a
pipe and a recording that still runs. Blocks and options it does not know are skipped, as §3.1 asks
for. What cannot be right is a LabError with the offset; frames before it have been given.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import BinaryIO

from netplay.capture import pcapng
from netplay.capture.frame import EVERYTHING, Direction, Frame, Point
from netplay.errors import LabError
from netplay.model import Address

_LARGEST = 1 << 26  # a block of 64 MiB is damage, not a packet
_CLASSIC = {0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1}
_DIRECTIONS = (Direction.UNKNOWN, Direction.IN, Direction.OUT, Direction.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Interface:
    point: Point
    ticks: int = 10**6  # §4.2, if_tsresol: microseconds unless it says otherwise
    offset_ns: int = 0


class Reader:
    """A pcapng parser that is fed; ``names`` and ``statistics`` fill up on the way.

    Of the names of an address, the first is the one to show. ``statistics`` has (received,
    dropped) packets by the name of the point.
    """

    def __init__(self, name: str = "capture") -> None:
        self.names: dict[Address, tuple[str, ...]] = {}
        self.statistics: dict[str, tuple[int, int]] = {}
        self.application = ""
        self._name = name
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte in the file
        self._order = ""
        self._interfaces: list[_Interface] = []
        self._count = 0
        self._failure: LabError | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        """The capture points announced so far in this section."""
        return tuple(interface.point for interface in self._interfaces)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that *data* completes; damage is raised once those before it were given."""
        if self._failure:
            raise self._failure
        self._buffer += data
        found: list[Frame] = []
        place = 0
        try:
            while size := self._block_size(place):
                if len(self._buffer) < place + size:
                    break
                found.extend(self._block(bytes(self._buffer[place : place + size])))
                place += size
                self._offset += size
        except LabError as error:
            if not found:
                raise
            self._failure = error
        finally:
            del self._buffer[:place]
        return found

    def close(self) -> None:
        """Say that no more bytes come; LabError if the last block is not complete."""
        if self._failure:
            raise self._failure
        if self._buffer or not self._order:
            have = len(self._buffer)
            if not self._offset and not have:
                raise LabError(f"{self._name}: the file is empty")
            raise self._error(
                f"the file ends inside a block, of which {have} bytes are there; "
                "all packets before it are good"
            )

    def _block_size(self, place: int) -> int:
        """The size of the block that begins at *place*; 0 if it cannot be told yet."""
        if len(self._buffer) < place + 4:
            return 0
        (kind,) = struct.unpack_from("<I", self._buffer, place)
        if kind == pcapng.SECTION:
            if len(self._buffer) < place + 12:
                return 0
            self._order = self._byte_order(place)
        elif not self._order:
            raise self._not_pcapng(kind)
        if len(self._buffer) < place + 8:
            return 0
        (size,) = struct.unpack_from(self._order + "I", self._buffer, place + 4)
        if size < 12 or size % 4 or size > _LARGEST:
            raise self._error(f"a block cannot be {size} bytes long; is there junk in the file?")
        return int(size)

    def _byte_order(self, place: int) -> str:
        magic = bytes(self._buffer[place + 8 : place + 12])
        for order in "<>":
            if struct.unpack(order + "I", magic)[0] == pcapng.BYTE_ORDER:
                return order
        raise self._error("the section header has no byte-order mark")

    def _block(self, block: bytes) -> Iterator[Frame]:
        if block[-4:] != block[4:8]:
            raise self._error("the lengths before and behind a block differ")
        (kind,) = struct.unpack_from(self._order + "I", block)
        body = memoryview(block)[8:-4]
        try:
            if kind == pcapng.PACKET:
                yield self._packet(body)
            elif kind == pcapng.SECTION:
                self._section(body)
            elif kind == pcapng.INTERFACE:
                self._interfaces.append(self._interface(body))
            elif kind == pcapng.NAMES:
                self._add_names(body)
            elif kind == pcapng.STATISTICS:
                self._add_statistics(body)
            elif kind == pcapng.SIMPLE_PACKET:
                yield self._simple_packet(body)
        except struct.error:
            raise self._error(f"a block of type {kind} is too short for its fields") from None

    def _section(self, body: memoryview) -> None:
        self._interfaces = []  # §4.1: interfaces belong to their section
        texts = dict(self._options(body[16:]))
        self.application = _text(texts.get(pcapng.SHB_APPLICATION, b""))

    def _interface(self, body: memoryview) -> _Interface:
        link_type, _, snap = struct.unpack_from(self._order + "HHI", body)
        found = dict(self._options(body[8:]))
        name = _text(found.get(pcapng.IF_NAME, b"")) or f"interface {len(self._interfaces)}"
        point = Point(
            name=name,
            description=_text(found.get(pcapng.IF_DESCRIPTION, b"")),
            link_type=link_type,
            snap_length=snap or EVERYTHING,
        )
        unit = found.get(pcapng.IF_RESOLUTION, b"\x06")[0]
        # §4.2: with the highest bit the value is a power of two, else of ten.
        ticks = 1 << (unit & 0x7F) if unit & 0x80 else 10**unit
        offset = found.get(pcapng.IF_OFFSET, bytes(8))
        seconds = struct.unpack(self._order + "q", offset)[0]
        return _Interface(point, ticks, seconds * 10**9)

    def _packet(self, body: memoryview) -> Frame:
        number, high, low, captured, original = struct.unpack_from(self._order + "IIIII", body)
        if number >= len(self._interfaces):
            raise self._error(f"a packet names interface {number}, which was not announced")
        if captured > len(body) - 20:
            raise self._error(f"a packet of {captured} bytes does not fit into its block")
        interface = self._interfaces[number]
        flags, comment = 0, ""
        for code, value in self._options(body[20 + captured + -captured % 4 :]):
            if code == pcapng.EPB_FLAGS and len(value) == 4:
                flags = struct.unpack(self._order + "I", value)[0]
            elif code == pcapng.COMMENT:
                comment = _text(value)
        time = (high << 32 | low) * 10**9 // interface.ticks + interface.offset_ns
        data = bytes(body[20 : 20 + captured])
        self._count += 1
        return Frame(
            time, data, interface.point.name, _DIRECTIONS[flags & 3], original,
            interface.point.link_type, self._count, comment,
        )  # fmt: skip

    def _simple_packet(self, body: memoryview) -> Frame:
        """§4.4: no time, no options, and always of the first interface."""
        (original,) = struct.unpack_from(self._order + "I", body)
        if not self._interfaces:
            raise self._error("a packet comes before any interface")
        point = self._interfaces[0].point
        data = bytes(body[4 : 4 + min(original, point.snap_length)])
        self._count += 1
        kind = point.link_type
        return Frame(0, data, point.name, Direction.UNKNOWN, original, kind, self._count)

    def _add_names(self, body: memoryview) -> None:
        for code, value in self._options(body):
            size = {pcapng.NAME_IPV4: 4, pcapng.NAME_IPV6: 16}.get(code)
            if size and len(value) > size:
                names = [_text(part) for part in value[size:].split(b"\0") if part]
                self.names[ip_address(value[:size])] = tuple(reversed(names))

    def _add_statistics(self, body: memoryview) -> None:
        number = struct.unpack_from(self._order + "III", body)[0]
        found = dict(self._options(body[12:]))
        counts = [
            struct.unpack(self._order + "Q", found.get(code, bytes(8)))[0]
            for code in (pcapng.ISB_RECEIVED, pcapng.ISB_DROPPED)
        ]
        if number < len(self._interfaces):
            self.statistics[self._interfaces[number].point.name] = (counts[0], counts[1])

    def _options(self, data: memoryview) -> Iterator[tuple[int, bytes]]:
        """§3.5: the list may end without its end mark."""
        place = 0
        while place + 4 <= len(data):
            code, size = struct.unpack_from(self._order + "HH", data, place)
            if code == 0:
                return
            if place + 4 + size > len(data):
                raise self._error(f"option {code} of {size} bytes does not fit into its block")
            yield code, bytes(data[place + 4 : place + 4 + size])
            place += 4 + size + -size % 4

    def _error(self, sentence: str) -> LabError:
        return LabError(f"{self._name}: at byte {self._offset}: {sentence}")

    def _not_pcapng(self, kind: int) -> LabError:
        if kind in _CLASSIC:
            return self._error("this is classic pcap; convert it with: editcap OLD NEW.pcapng")
        return self._error("this is not a pcapng file")


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")


def read_frames(
    source: BinaryIO | Iterable[bytes], reader: Reader | None = None
) -> Iterator[Frame]:
    """The frames of a file open for reading, or of pieces of bytes; LabError if it is damaged."""
    reader = reader or Reader(str(getattr(source, "name", "capture")))
    pieces = source if not hasattr(source, "read") else iter(lambda: source.read(1 << 16), b"")
    for piece in pieces:
        yield from reader.feed(piece)
    reader.close()
