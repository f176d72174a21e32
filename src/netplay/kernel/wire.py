"""The wire: a process that carries the frames of all impaired directions through user space.

For kernels without netem. One process for the whole lab, forked by the keeper, holding nothing
of the keeper's but one line; for each direction it is given two packet sockets: one from which
frames are read (the end of the detour, see `netplay.cables`), one on which they leave. `Lane` says
when; until then a frame lies in one heap with those of all other directions.

**Time.** Waiting is done by epoll on the sockets, the line to the keeper, and a timer descriptor
set to the time of the first frame in the heap: absolute, in nanoseconds. (epoll's own time-out
counts whole milliseconds.) A frame leaves some 50 µs after its time, which is what it takes to
be woken. What counts as arrival is the kernel's time stamp, not the moment at which this
process came to read the frame: when it is late, the delay is shortened by as much.

**Truth.** The sockets hand the virtio header through (see `frames`), so that the kernel's
offloads survive the journey: with delay alone 64 kB travel as one frame. For everything that is
meant for a packet the detour begins by cutting. PACKET_IGNORE_OUTGOING: it must not read its own.
A socket that overflows drops frames, as a network card does; they are counted as ``missed``.

**Words.** JSON objects over the line, each answered: ``plug`` (with two sockets), ``change``,
``settle`` (what waits leaves now), ``unplug``, ``counts``.
"""

from __future__ import annotations

import gc
import heapq
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable

from netplay.cables import Conditions
from netplay.kernel import libc
from netplay.kernel.fork import die_with_parent
from netplay.kernel.frames import HEADER, damaged, tagged
from netplay.kernel.lane import KEPT, Lane

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any, NoReturn

LIMIT = 64 * 1024  # bytes of one object on the line
_LARGEST = HEADER.size + 65536 + 64  # a piece before it is cut, with all its headers
_ASIDE = 128  # bytes beside a frame: auxdata and a time stamp
_AT_ONCE = 64  # frames read from one socket before the others have their turn
_MOST_WAITING = 64 << 20  # bytes of one direction that may be under way: 1 Gbit/s for 0.5 s

_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the message has the same number
_TIMESTAMP = struct.Struct("=qq")


class Strand:
    """One direction: its lane, its sockets, and how much of it is under way."""

    def __init__(self, lane: Lane, reading: socket.socket, writing: socket.socket) -> None:
        self.lane = lane
        self.reading, self.writing = reading, writing
        self.under_way = 0
        self.missed = self.refused = 0

    def counts(self) -> dict[str, int]:
        """What has become of the frames so far."""
        # packet(7): reading the numbers sets them to zero.
        found = self.reading.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        self.missed += struct.unpack("=II", found)[1]
        return {**self.lane.counts, "missed": self.missed, "refused": self.refused}

    def send(self, frame: bytes) -> None:
        """Sends a frame; an end that has been cut takes none."""
        try:
            self.writing.send(frame)
        except OSError:
            self.refused += 1


class Wire:
    """The process's only object."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._strands: dict[str, Strand] = {}
        self._by_descriptor: dict[int, Strand] = {}
        self._heap: list[tuple[int, int, Strand, bytes]] = []
        self._number = 0  # of the next frame: among equals in time the first stays first
        self._timer = libc.timer()
        self._set = 0
        self._poll = select.epoll()
        self._poll.register(line, select.EPOLLIN)
        self._poll.register(self._timer, select.EPOLLIN)

    def run(self) -> None:
        """Carries frames until the keeper has gone."""
        while True:
            for descriptor, _ in self._poll.poll():
                strand = self._by_descriptor.get(descriptor)
                if strand is not None:
                    self._read(strand)
                elif descriptor == self._line.fileno() and not self._obey():
                    return
            self._send_due()

    # ------------------------------------------------------------ frames

    def _read(self, strand: Strand) -> int:
        """Reads what has come, up to a turn's worth; returns how many frames that were."""
        reading = strand.reading
        ahead = time.time_ns() - time.monotonic_ns()  # what the two clocks differ by
        for number in range(_AT_ONCE):
            try:
                frame, aside, _, _ = reading.recvmsg(_LARGEST, _ASIDE)
            except BlockingIOError:
                return number
            except OSError:
                # ENETDOWN, once, when the interface was switched off (packet(7)); when it is
                # switched on the socket works again.
                return number
            self._accept(strand, tagged(frame, aside), _stamp(aside) - ahead)
        return _AT_ONCE

    def _accept(self, strand: Strand, frame: bytes, arrived: int) -> None:
        dues, place = strand.lane.decide(len(frame) - HEADER.size, arrived)
        if place != KEPT:
            frame = damaged(frame, place)
        for due in dues:
            if strand.under_way > _MOST_WAITING:
                strand.missed += 1
                continue
            strand.under_way += len(frame)
            self._number += 1
            heapq.heappush(self._heap, (due, self._number, strand, frame))

    def _send_due(self) -> None:
        heap = self._heap
        now = time.monotonic_ns()
        while heap and heap[0][0] <= now:
            _, _, strand, frame = heapq.heappop(heap)
            strand.under_way -= len(frame)
            strand.send(frame)
        first = heap[0][0] if heap else 0
        if first != self._set:
            libc.set_timer(self._timer, first)
            self._set = first

    # ------------------------------------------------------------ the keeper's words

    def _obey(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._line, LIMIT, 2)
        if not data:
            return False
        message = json.loads(data)
        answer = _WORDS[message["do"]](self, message, descriptors)
        self._line.send(json.dumps(answer or {}).encode())
        return True

    def _plug(self, message: dict[str, Any], descriptors: list[int]) -> None:
        reading, writing = (socket.socket(fileno=number) for number in descriptors)
        lane = Lane(Conditions(**message["conditions"]), message["seed"])
        strand = Strand(lane, reading, writing)
        self._strands[message["way"]] = strand
        self._by_descriptor[reading.fileno()] = strand
        self._poll.register(reading, select.EPOLLIN)

    def _change(self, message: dict[str, Any], _: list[int]) -> None:
        strand = self._strands[message["way"]]
        strand.lane.change(Conditions(**message["conditions"]), message["seed"])

    def _settle(self, message: dict[str, Any], __: list[int]) -> None:
        """Everything of one direction that waits leaves now, in its order."""
        strand = self._strands[message["way"]]
        strand.lane.change(Conditions())
        mine = sorted(entry for entry in self._heap if entry[2] is strand)
        self._heap = [entry for entry in self._heap if entry[2] is not strand]
        heapq.heapify(self._heap)
        for _, _, _, frame in mine:
            strand.under_way -= len(frame)
            strand.send(frame)

    def _unplug(self, message: dict[str, Any], descriptors: list[int]) -> None:
        strand = self._strands[message["way"]]
        while self._read(strand):
            pass
        self._settle(message, descriptors)
        del self._strands[message["way"]], self._by_descriptor[strand.reading.fileno()]
        self._poll.unregister(strand.reading)
        strand.reading.close()
        strand.writing.close()

    def _counts(self, message: dict[str, Any], _: list[int]) -> dict[str, Any]:
        return self._strands[message["way"]].counts()


_WORDS: dict[str, Callable[[Wire, dict[str, Any], list[int]], dict[str, Any] | None]] = {
    "plug": Wire._plug,
    "change": Wire._change,
    "settle": Wire._settle,
    "unplug": Wire._unplug,
    "counts": Wire._counts,
}


def _stamp(aside: list[tuple[int, int, bytes]]) -> int:
    """When the kernel received the frame, by the wall clock."""
    for level, kind, data in aside:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESTAMP.unpack(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time.time_ns()


def start(line: socket.socket) -> int:
    """Forks the wire, which listens to *line*; returns its pid."""
    child = os.fork()
    if child:
        return child
    try:
        _live(line)
    except BaseException:
        # The child of a fork must not unwind into its parent's stack. Standard error is the
        # keeper's log; the keeper starts another wire.
        sys.excepthook(*sys.exc_info())
    os._exit(1)


def _live(line: socket.socket) -> NoReturn:
    die_with_parent()
    # The keeper's doors must not stay open because we are alive.
    os.closerange(3, line.fileno())
    os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    libc.prctl(libc.PR_SET_NAME, b"netplay-wire")
    # Nothing here is ever part of a cycle, and a look for some would delay frames.
    gc.disable()
    Wire(line).run()
    os._exit(0)
