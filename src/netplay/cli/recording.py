"""Packets as they come, for ``capture``: onto the screen, into a file or a pipe, and counted."""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from netplay.capture import (
    Filter,
    Frame,
    Live,
    Packet,
    Point,
    Recorder,
    Writer,
    decode,
    hosts_of,
    names_of,
)
from netplay.cli.colours import painted
from netplay.lab import direct, tapping
from netplay.lab.capturing import names_block
from netplay.model import Topology

if TYPE_CHECKING:
    from netplay.lab import Lab

Sink = Callable[[Sequence[Packet]], None]
_BUFFER = 1 << 23  # bytes for each socket until we read them


class _Enough(Exception):
    """As many packets as were asked for have come."""


def record(lab: Lab, where: Sequence[str], text: str, sink: Sink) -> int:
    """Gives *sink* what *text* is true of at *where*; returns how many packets were lost.

    Ends at Ctrl-C, with the lab, when `Count` has enough, or when nobody reads our output.
    """
    test = Filter(text, hosts_of(lab.topology))

    def take(frames: Sequence[Frame]) -> None:
        sink([packet for packet in map(decode, frames) if test(packet)])

    sources = tapping.open_sources(lab, where)
    try:
        recorder = Recorder(sources, take, buffer=_BUFFER)
        with _end_of(lab) as end, suppress(_Enough):
            recorder.run(end)
        return sum(source.dropped() for source in sources)
    finally:
        tapping.close(sources)


@contextmanager
def _end_of(lab: Lab) -> Iterator[int]:
    """A descriptor that is readable when there is a reason to end: an epoll is, if a member is."""
    with (
        direct.Signals((signal.SIGINT, signal.SIGTERM)) as signals,
        lab.line() as line,
        select.epoll() as reasons,
    ):
        reasons.register(signals.fileno(), select.EPOLLIN)
        reasons.register(line, select.EPOLLIN)
        if stat.S_ISFIFO(os.fstat(1).st_mode):
            reasons.register(1, 0)  # epoll_ctl(2): EPOLLERR is told without being asked for
        yield reasons.fileno()


class Showing:
    """Lines, or JSON objects, on standard output."""

    def __init__(self, topology: Topology, *, as_json: bool) -> None:
        self._live, self._as_json = Live(names_of(topology)), as_json

    def take(self, packets: Sequence[Packet]) -> None:
        """Prints each packet."""
        for packet in packets:
            if self._as_json:
                print(json.dumps(self._live.record(packet)))
            else:
                spans = self._live.line(packet).spans
                print(painted((span.style, span.text) for span in spans))
        sys.stdout.flush()


@contextmanager
def writing(topology: Topology, points: Iterable[Point], path: str) -> Iterator[Sink]:
    """What writes packets to the pcapng file *path*; ``-`` is standard output."""
    with os.fdopen(os.dup(1), "wb") if path == "-" else open(path, "wb") as file:
        writer = Writer(file, points, names_block(topology))
        yield lambda packets: writer.write([packet.frame for packet in packets])


class Count:
    """Counts what passes, and ends the recording at *most*."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._at: Counter[str] = Counter()
        self._begun = time.monotonic()

    def sink(self, sink: Sink) -> Sink:
        """*sink*, which gets no more than was asked for."""

        def take(packets: Sequence[Packet]) -> None:
            left = None if self._most is None else self._most - self._at.total()
            wanted = packets[:left]
            sink(wanted)
            self._at.update(packet.point for packet in wanted)
            if self._most is not None and self._at.total() >= self._most:
                raise _Enough

        return take

    def told(self, missed: int) -> str:
        """What was counted, in one sentence."""
        places = ", ".join(f"{point} {count}" for point, count in sorted(self._at.items()))
        text = f"{self._at.total()} packets in {time.monotonic() - self._begun:.1f} s"
        text += f": {places}" if places else ""
        return text + (f"; {missed} were lost, they came too fast" if missed else "")
