"""What a recorder reads from, and what the bytes of a packet socket mean.

A packet socket (packet(7)) gets a copy of all that crosses its interface. Three things must be
asked for or undone before the copy is the truth:

* The time is the kernel's own; ours would be that of reading, milliseconds later under load.
* The direction is in the address: it says whether this end sent the packet. A socket in the
  patch panel sits at the far end of the node's cable: what it received, the node sent.
* The VLAN tag is taken off by the kernel and handed over beside the packet; it is put back.

On a loopback interface everything crosses twice, out and in; the first is left out, as in
libpcap.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from netplay.capture.frame import Direction, Frame, Point

# <linux/if_packet.h>, <linux/if_arp.h>
SOL_PACKET = 263
PACKET_STATISTICS = 6
_PACKET_OUTGOING, _ARPHRD_LOOPBACK = 4, 772
_STATUS_VLAN_VALID, _STATUS_VLAN_TPID_VALID = 0x10, 0x40


@dataclass(frozen=True, slots=True)
class Source:
    """An open, non-blocking packet socket, and where it listens.

    One that is bound to an interface has a ``point``. One that hears all interfaces of a
    namespace has ``points`` by the name of the interface there; others are ignored.
    """

    socket: socket.socket
    point: Point | None = None
    points: Mapping[str, Point] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def all_points(self) -> tuple[Point, ...]:
        """Every point that packets may come from."""
        return (self.point,) if self.point is not None else tuple(self.points.values())

    def at(self, interface: str) -> Point | None:
        """The point that an interface stands for."""
        return self.point if self.point is not None else self.points.get(interface)

    def dropped(self) -> int:
        """Packets that the kernel threw away since the last question, for want of room."""
        # struct tpacket_stats has two numbers, tpacket_stats_v3 a third one behind.
        raw = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12)
        return int(struct.unpack_from("@II", raw)[1])


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the kernel says about one packet, whichever way it was read."""

    time_ns: int
    data: bytes
    length: int
    kind: int  # PACKET_HOST, PACKET_OUTGOING…
    hardware: int
    status: int = 0
    tag: int = 0  # tag control information: priority and VLAN id
    tag_type: int = 0

    def frame(self, point: Point) -> Frame | None:
        """The frame as it was on the wire; None if it is to be left out."""
        outgoing = self.kind == _PACKET_OUTGOING
        if outgoing and self.hardware == _ARPHRD_LOOPBACK:
            return None
        data, length = self.data[: point.snap_length], self.length
        if self.status & _STATUS_VLAN_VALID:
            known = self.status & _STATUS_VLAN_TPID_VALID
            tag = struct.pack("!HH", self.tag_type if known else 0x8100, self.tag & 0xFFFF)
            data, length = data[:12] + tag + data[12:], length + len(tag)
        direction = Direction.OUT if outgoing is not point.mirrored else Direction.IN
        return Frame(self.time_ns, data, point.name, direction, length, point.link_type)
