"""IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers, as one noun.

One class for both, because almost every question (who, to whom, how far still) is asked of both.
Only what every list shows is unpacked at once; the rest is read from ``header`` when somebody
asks, which keeps a packet near ten microseconds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from netplay.capture.checksum import Checksum, remainder, verify
from netplay.capture.notes import Malformed, Note, Truncated
from netplay.model import Address

ICMP, IGMP, TCP, UDP, ESP, AH, ICMPV6, NO_NEXT = 1, 2, 6, 17, 50, 51, 58, 59
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
PROTOCOL_NAMES = {
    ICMP: "ICMP", IGMP: "IGMP", 4: "IPIP", TCP: "TCP", UDP: "UDP", 41: "IPv6", 47: "GRE",
    ESP: "ESP", AH: "AH", ICMPV6: "ICMPv6", NO_NEXT: "no next header", 89: "OSPF", 103: "PIM",
    112: "VRRP", 132: "SCTP",
}  # fmt: skip
# IANA, "IPv6 Extension Header Types": those that are stepped over. ESP hides what follows.
EXTENSIONS = frozenset({HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AH, 135, 139, 140})
_V4 = struct.Struct("!BBHHHBBH4s4s")
_V6 = struct.Struct("!IHBB16s16s")


@lru_cache(maxsize=4096)
def address4(data: bytes) -> Address:
    """Four bytes as an address; building one costs as much as reading the whole header."""
    return IPv4Address(data)


@lru_cache(maxsize=4096)
def address6(data: bytes) -> Address:
    """Sixteen bytes as an address."""
    return IPv6Address(data)


@dataclass(frozen=True, slots=True)
class IP:
    """An IP header of either version. ``ttl`` is IPv6's hop limit.

    ``protocol`` is that of the payload, behind all extension headers. ``length`` counts
    the whole packet in bytes, headers included, as the header says it.
    """

    version: int
    source: Address
    destination: Address
    protocol: int
    ttl: int
    length: int
    header: memoryview = field(repr=False)

    @property
    def identification(self) -> int | None:
        """What ties fragments together; None for IPv6 without a fragment header."""
        if self.version == 4:
            return self.header[4] << 8 | self.header[5]
        part = self._fragment_header
        return None if part is None else int.from_bytes(part[4:8], "big")

    @property
    def dont_fragment(self) -> bool:
        """RFC 791 §3.1, DF. IPv6 routers never fragment (RFC 8200 §4.5), so True there."""
        return self.version == 6 or bool(self.header[6] & 0x40)

    @property
    def more_fragments(self) -> bool:
        """Whether another fragment follows this one."""
        if self.version == 4:
            return bool(self.header[6] & 0x20)
        part = self._fragment_header
        return part is not None and bool(part[3] & 1)

    @property
    def fragment_offset(self) -> int:
        """Where in the original payload this one's begins, in bytes."""
        if self.version == 4:
            return ((self.header[6] & 0x1F) << 8 | self.header[7]) * 8
        part = self._fragment_header
        return 0 if part is None else (part[2] << 8 | part[3]) & 0xFFF8

    @property
    def fragmented(self) -> bool:
        """Whether this is a part of a packet rather than a whole one."""
        return self.more_fragments or self.fragment_offset > 0

    @property
    def traffic_class(self) -> int:
        """The DSCP and ECN bits (RFC 2474, RFC 3168), 0 to 255."""
        if self.version == 4:
            return self.header[1]
        return (self.header[0] & 0x0F) << 4 | self.header[1] >> 4

    @property
    def extensions(self) -> tuple[int, ...]:
        """The numbers of the extension headers, in order; none for IPv4."""
        return tuple(kind for kind, _ in self._walk())

    @property
    def checksum(self) -> Checksum:
        """The verdict on the header's own checksum; IPv6 has none."""
        if self.version == 6:
            return Checksum.ABSENT
        return Checksum.GOOD if verify(self.header) else Checksum.BAD

    @property
    def pseudo_sum(self) -> int:
        """The part of the pseudo-header that does not depend on the payload, modulo 65535.

        RFC 9293 §3.1, RFC 768 and RFC 8200 §8.1: addresses and protocol. To come: the length.
        """
        return remainder(self.source.packed) + remainder(self.destination.packed) + self.protocol

    @property
    def _fragment_header(self) -> memoryview | None:
        return next((part for kind, part in self._walk() if kind == FRAGMENT), None)

    def _walk(self) -> list[tuple[int, memoryview]]:
        found: list[tuple[int, memoryview]] = []
        if self.version == 6:
            kind, offset = self.header[6], 40
            while kind in EXTENSIONS and offset + 8 <= len(self.header):
                size = extension_size(kind, self.header[offset + 1])
                found.append((kind, self.header[offset : offset + size]))
                kind, offset = self.header[offset], offset + size
        return found


def extension_size(kind: int, length: int) -> int:
    """The bytes of an extension header, from the length field that its second byte is."""
    if kind == FRAGMENT:  # RFC 8200 §4.5: fixed; the byte is reserved
        return 8
    if kind == AH:  # RFC 4302 §2.2: counted in 4-byte words, less two
        return (length + 2) * 4
    return (length + 1) * 8


def decode_ip(data: memoryview, notes: list[Note]) -> tuple[IP | None, memoryview]:
    """The IP header of either version, and its payload without any padding of the link.

    >>> decode_ip(memoryview(b""), notes := [])[0], str(notes[0])
    (None, 'IP header cut short: 0 of 20 bytes')
    """
    version = data[0] >> 4 if len(data) else 4
    if version == 4:
        return _decode_v4(data, notes)
    if version == 6:
        return _decode_v6(data, notes)
    notes.append(Malformed("IP", f"version {version}"))
    return None, data[:0]


def _decode_v4(data: memoryview, notes: list[Note]) -> tuple[IP | None, memoryview]:
    size = len(data)
    if size < 20:
        notes.append(Truncated("IP header", 20, size))
        return None, data[:0]
    first, _, length, _, _, ttl, protocol, _, source, target = _V4.unpack_from(data)
    begin = (first & 0x0F) * 4
    if begin < 20:
        notes.append(Malformed("IP header", f"only {begin} bytes long"))
        begin = 20
    # A total length of 0 is the kernel's own: a segmentation offload beyond 65,535 bytes.
    end = length or size
    if end < begin:
        notes.append(Malformed("IP", f"total length {end} is less than its header"))
        end = begin
    if end > size:
        notes.append(Truncated("IP packet", end, size))
    ip = IP(4, address4(source), address4(target), protocol, ttl, end, data[:begin])
    return ip, data[begin:end]


def _decode_v6(data: memoryview, notes: list[Note]) -> tuple[IP | None, memoryview]:
    size = len(data)
    if size < 40:
        notes.append(Truncated("IPv6 header", 40, size))
        return None, data[:0]
    _, length, protocol, ttl, source, target = _V6.unpack_from(data)
    # RFC 2675: a jumbo payload has 0 here; so do the kernel's own big segments.
    end = length + 40 if length else size
    if end > size:
        notes.append(Truncated("IPv6 packet", end, size))
    begin = 40
    while protocol in EXTENSIONS:
        step = extension_size(protocol, data[begin + 1]) if begin + 8 <= size else 8
        if begin + step > size:
            notes.append(Truncated("IPv6 extension header", step, size - begin))
            protocol, begin = NO_NEXT, size
            break
        # RFC 8200 §4.5: in a later fragment, what follows is payload, whatever its number says.
        later = protocol == FRAGMENT and (data[begin + 2] << 8 | data[begin + 3]) > 7
        protocol, begin = data[begin], begin + step
        if later:
            break
    ip = IP(6, address6(source), address6(target), protocol, ttl, end, data[:begin])
    return ip, data[begin : max(end, begin)]
