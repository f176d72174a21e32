"""Packets out of a packet socket one by one, with recvmsg(2)."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator

from netplay.capture.frame import Frame
from netplay.capture.sources import SOL_PACKET, Arrival, Source

_PACKET_AUXDATA = 8
_SO_TIMESTAMPNS = 35  # <asm-generic/socket.h>
_TIMESPEC, _AUXDATA = struct.Struct("@ll"), struct.Struct("@IIIHHHH")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_AUXDATA.size)
_ROUND = 256  # packets before the other sockets have their turn
# No frame is longer than 64 KiB of IP and its link header: a segmentation offload's.
_LARGEST = 66_000


class Messages:
    """Reads *source*, for which the kernel keeps up to *size* bytes (or what it allows)."""

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._room = bytearray(_LARGEST)
        source.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        source.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        source.socket.setsockopt(SOL_PACKET, _PACKET_AUXDATA, 1)

    def frames(self) -> Iterator[Frame]:
        """What is there now; not more than a few hundred."""
        for _ in range(_ROUND):
            try:
                # MSG_TRUNC: the result is the length on the wire, also when it did not fit.
                length, notes, _, address = self._source.socket.recvmsg_into(
                    [self._room], _ANCILLARY, socket.MSG_TRUNC
                )
            except BlockingIOError:
                return
            except OSError as error:
                # packet(7): an interface that goes down says so once, and may come up again.
                if error.errno in (errno.ENETDOWN, errno.ENXIO):
                    continue
                raise
            point = self._source.at(address[0])
            frame = self._arrival(length, notes, address).frame(point) if point else None
            if frame is not None:
                yield frame

    def close(self) -> None:
        """Nothing is held."""

    def _arrival(
        self, length: int, notes: list[tuple[int, int, bytes]],
        address: tuple[str, int, int, int, bytes],
    ) -> Arrival:  # fmt: skip
        time = status = tag = tag_type = 0
        for level, kind, value in notes:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack(value)
                time = seconds * 10**9 + nanoseconds
            elif level == SOL_PACKET and kind == _PACKET_AUXDATA:
                status, _, _, _, _, tag, tag_type = _AUXDATA.unpack(value[: _AUXDATA.size])
        data = bytes(self._room[:length])
        return Arrival(time, data, length, address[2], address[3], status, tag, tag_type)
