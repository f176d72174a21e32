"""Packets out of a packet socket by the block, through memory shared with the kernel.

A socket's own buffer is limited by net.core.rmem_max, which leaves room for about ninety full
frames on an ordinary computer; a download through six capture points fills that before Python has
its turn, and a packet that the recorder missed looks like one that the network lost. A ring
(PACKET_RX_RING, version 3; Documentation/networking/packet_mmap.rst) may be megabytes, needs no
rights beyond the socket, and costs no system call per packet.

The kernel fills a block with packets of any size until it is full or some milliseconds old, then
hands it over by setting a bit; we hand it back by clearing the bit.
"""

from __future__ import annotations

import fcntl
import mmap
import socket
import struct
from collections.abc import Iterator

from netplay.capture.frame import Frame, Point
from netplay.capture.sources import SOL_PACKET, Arrival, Source

_PACKET_RX_RING, _PACKET_VERSION, _TPACKET_V3 = 5, 10, 2
_STATUS_USER = 1
_BLOCK = 1 << 18  # 256 KiB: four of the largest packets
_SMALLEST = 4 * _BLOCK
_FRAME = 2048  # only has to divide the block: version 3 packs packets closely
_RETIRE = 5  # ms after which a block is handed over as it is
# struct tpacket_block_desc: version, private, then status, packets, offset of the first.
_DESCRIPTION = struct.Struct("@IIIII")
_STATUS_PLACE = 8
# struct tpacket3_hdr: next, seconds, nanoseconds, captured, length, status, where the MAC header
# is; tag, tag type; and behind its 48 bytes of struct sockaddr_ll index, hardware, kind.
_PACKET = struct.Struct("@IIIIIIH2x4xIH10x4xiHB")
_SIOCGIFNAME = 0x8910


class Ring:
    """Reads *source* through about *size* bytes; OSError if the kernel gives no ring."""

    retire = _RETIRE / 1000  # seconds that a packet may lie in a block

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        count = max(size, _SMALLEST) // _BLOCK
        source.socket.setsockopt(SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
        request = struct.pack(
            "@7I", _BLOCK, count, _FRAME, count * (_BLOCK // _FRAME), _RETIRE, 0, 0
        )
        source.socket.setsockopt(SOL_PACKET, _PACKET_RX_RING, request)
        self._memory = mmap.mmap(source.socket.fileno(), count * _BLOCK)
        self._count, self._turn = count, 0
        self._known: dict[int, Point | None] = {}

    def frames(self) -> Iterator[Frame]:
        """What the kernel has handed over; not more than one turn of the ring."""
        for _ in range(self._count):
            begin = self._turn * _BLOCK
            _, _, status, packets, first = _DESCRIPTION.unpack_from(self._memory, begin)
            if not status & _STATUS_USER:
                # packet(7): an interface that goes down leaves an error, and poll(2) keeps
                # saying so until somebody asks which.
                self._source.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                return
            yield from self._block(begin + first, packets)
            struct.pack_into("@I", self._memory, begin + _STATUS_PLACE, 0)
            self._turn = (self._turn + 1) % self._count

    def close(self) -> None:
        """Give the ring back; the socket is an ordinary one again."""
        self._memory.close()
        self._source.socket.setsockopt(SOL_PACKET, _PACKET_RX_RING, bytes(28))

    def _block(self, place: int, packets: int) -> Iterator[Frame]:
        for _ in range(packets):
            step, seconds, fraction, captured, length, status, offset, tag, tag_type, *address = (
                _PACKET.unpack_from(self._memory, place)
            )
            interface, hardware, kind = address
            point = self._point(interface)
            if point is not None:
                data = self._memory[place + offset : place + offset + captured]
                time = seconds * 10**9 + fraction
                arrival = Arrival(time, data, length, kind, hardware, status, tag, tag_type)
                frame = arrival.frame(point)
                if frame is not None:
                    yield frame
            place += step

    def _point(self, interface: int) -> Point | None:
        if self._source.point is not None:
            return self._source.point
        if interface not in self._known:
            self._known[interface] = self._source.at(_name(self._source.socket, interface))
        return self._known[interface]


def _name(sock: socket.socket, interface: int) -> str:
    """netdevice(7), SIOCGIFNAME: the name in the socket's namespace, which may not be ours."""
    try:
        answer = fcntl.ioctl(sock.fileno(), _SIOCGIFNAME, struct.pack("@16si20x", b"", interface))
    except OSError:  # gone since
        return ""
    return answer[:16].split(b"\0", 1)[0].decode("ascii", "replace")
