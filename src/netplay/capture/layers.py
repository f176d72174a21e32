"""The layers of one packet, as far as its bytes could be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from netplay.capture.arp import ARP
from netplay.capture.checksum import Checksum, remainder
from netplay.capture.ethernet import Ethernet, Vlan
from netplay.capture.icmp import ICMP
from netplay.capture.ip import ICMP as ICMP_V4
from netplay.capture.ip import IP, ROUTING
from netplay.capture.notes import Note, Truncated
from netplay.capture.tcp import TCP
from netplay.capture.udp import UDP

Transport: TypeAlias = TCP | UDP | ICMP


@dataclass(frozen=True, slots=True)
class Layers:
    """What was found in the bytes. A layer that is not there, or not readable, is None.

    ``payload`` is what the innermost layer carries, without padding of the link; of an
    ICMP message it is what follows the first eight bytes.
    """

    eth: Ethernet | None
    network: IP | ARP | None
    transport: Transport | None
    payload: memoryview
    notes: tuple[Note, ...]

    @property
    def vlans(self) -> tuple[Vlan, ...]:
        """The VLAN tags, outermost first."""
        return self.eth.vlans if self.eth else ()

    @property
    def arp(self) -> ARP | None:
        """The ARP packet, if this is one."""
        return self.network if isinstance(self.network, ARP) else None

    @property
    def ip(self) -> IP | None:
        """The IPv4 or IPv6 header."""
        return self.network if isinstance(self.network, IP) else None

    @property
    def tcp(self) -> TCP | None:
        """The TCP header."""
        return self.transport if isinstance(self.transport, TCP) else None

    @property
    def udp(self) -> UDP | None:
        """The UDP header."""
        return self.transport if isinstance(self.transport, UDP) else None

    @property
    def icmp(self) -> ICMP | None:
        """The ICMP message of IPv4."""
        found = self.transport
        return found if isinstance(found, ICMP) and found.version == 4 else None

    @property
    def icmpv6(self) -> ICMP | None:
        """The ICMP message of IPv6."""
        found = self.transport
        return found if isinstance(found, ICMP) and found.version == 6 else None

    @property
    def ports(self) -> tuple[int, int] | None:
        """Source and destination port of TCP or UDP."""
        if isinstance(self.transport, TCP | UDP):
            return self.transport.source_port, self.transport.destination_port
        return None

    @property
    def checksum(self) -> Checksum:
        """The verdict on the checksum of TCP, UDP or ICMP; ``ip.checksum`` is another one."""
        ip = self.ip
        if ip is None or self.transport is None or not self._whole(ip):
            return Checksum.UNKNOWN
        found = self.transport
        length = len(self.payload) + (len(found.header) if isinstance(found, TCP) else 8)
        # RFC 792: of the four, only ICMP for IPv4 has no pseudo-header.
        pseudo = 0 if ip.protocol == ICMP_V4 else ip.pseudo_sum + length
        if isinstance(found, UDP) and not found.checksum:
            return Checksum.ABSENT if ip.version == 4 else Checksum.BAD  # RFC 8200 §8.1
        # All headers have an even size, so the sums of header and payload simply add.
        if (pseudo + _header_sum(found) + remainder(self.payload)) % 0xFFFF == 0:
            return Checksum.GOOD
        # Linux's CHECKSUM_PARTIAL leaves the pseudo-header's own sum for the card to complete.
        partial = pseudo and (pseudo - found.checksum) % 0xFFFF == 0
        return Checksum.PARTIAL if partial else Checksum.BAD

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that is wrong with the packet: bad checksums, then the notes."""
        found = []
        ip = self.ip
        if ip is not None and ip.checksum is Checksum.BAD:
            found.append("bad IP checksum")
        if self.checksum is Checksum.BAD:
            found.append(f"bad {type(self.transport).__name__} checksum")
        return (*found, *map(str, self.notes))

    def _whole(self, ip: IP) -> bool:
        """Whether all bytes that a checksum covers are there, under their final address."""
        cut = any(isinstance(note, Truncated) for note in self.notes)
        return not cut and not ip.fragmented and ROUTING not in ip.extensions


def _header_sum(header: Transport) -> int:
    if isinstance(header, TCP):
        return remainder(header.header)
    if isinstance(header, UDP):
        return header.source_port + header.destination_port + header.length + header.checksum
    return (header.type << 8 | header.code) + header.checksum + remainder(header.rest)
