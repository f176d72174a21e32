"""Recording: open packet sockets in, frames out."""

from __future__ import annotations

import bisect
import errno
import os
import selectors
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from netplay.capture.frame import Frame
from netplay.capture.messages import Messages
from netplay.capture.ring import Ring
from netplay.capture.sources import Source
from netplay.errors import LabError

Sink: TypeAlias = Callable[[Sequence[Frame]], object]
_HOLD = int(3 * Ring.retire * 1e9)  # ns
_BUFFER = 1 << 21  # bytes for each source: about 1,300 full frames


class Recorder:
    """Reads packets from *sources* and gives them to *sink* in batches, in order of time.

    The kernel keeps up to *buffer* bytes for each source until they are read. It hands packets of
    different sources over some milliseconds apart, so a packet is held back for that long to let
    earlier ones overtake it. The sockets stay the caller's, who closes them.

    Without a *ring* of shared memory it begins and ends sooner, for the kernel waits for all
    processors to make and to remove one (tens of ms), and loses packets in a burst sooner.
    """

    def __init__(
        self, sources: Sequence[Source], sink: Sink, *, buffer: int = _BUFFER, ring: bool = True
    ) -> None:
        self._sources = tuple(sources)
        make = _reader if ring else Messages
        self._readers = [make(source, buffer) for source in self._sources]
        self._sink = sink
        self._count = 0
        self._held: list[Frame] = []
        names = [point.name for source in self._sources for point in source.all_points]
        self._received = dict.fromkeys(names, 0)
        self._dropped = dict.fromkeys(names, 0)

    @property
    def count(self) -> int:
        """How many frames the sink was given."""
        return self._count

    def statistics(self) -> dict[str, tuple[int, int]]:
        """(given to the sink, dropped by the kernel) by the name of the point, so far.

        Points that share a socket share its number of dropped packets.
        """
        for source in self._sources:
            dropped = source.dropped()
            for point in source.all_points:
                self._dropped[point.name] += dropped
        return {name: (self._received[name], self._dropped[name]) for name in self._received}

    def run(self, stop: int) -> None:
        """Record until the descriptor *stop* becomes readable (or is closed at its other end).

        What the sockets hold by then is still read. Raises what the sink raises.
        """
        with selectors.DefaultSelector() as selector:
            for source, reader in zip(self._sources, self._readers, strict=True):
                selector.register(source.socket, selectors.EVENT_READ, reader)
            selector.register(stop, selectors.EVENT_READ)
            while True:
                ready = selector.select(_HOLD / 1e9 if self._held else None)
                if any(key.fd == stop for key, _ in ready):
                    break
                self._read([key.data for key, _ in ready])
                self._release(time.time_ns() - _HOLD)
            selector.unregister(stop)
            # What came before the end may lie in a block that is not handed over yet.
            end = time.monotonic() + _HOLD / 1e9
            while (left := end - time.monotonic()) > 0:
                if selector.select(left):
                    self._read(self._readers)
        self._release(None)

    def poll(self) -> int:
        """Hand on what is there now, without waiting; how many frames that were."""
        self._read(self._readers)
        return self._release(None)

    def close(self) -> None:
        """Let go of the memory shared with the kernel."""
        for reader in self._readers:
            reader.close()

    def _read(self, readers: Sequence[Ring | Messages]) -> int:
        frames = [frame for reader in readers for frame in reader.frames()]
        for frame in frames:
            self._received[frame.point] += 1
        self._held += frames
        return len(frames)

    def _release(self, until_ns: int | None) -> int:
        """Give the sink all that was captured before *until_ns*."""
        self._held.sort(key=_moment)
        count = len(self._held)
        if until_ns is not None:
            count = bisect.bisect_right(self._held, until_ns, key=_moment)
        if count:
            ready, self._held = self._held[:count], self._held[count:]
            self._sink([replace(f, number=n) for n, f in enumerate(ready, self._count + 1)])
            self._count += count
        return count


def _moment(frame: Frame) -> int:
    return frame.time_ns


def _reader(source: Source, size: int) -> Ring | Messages:
    try:
        return Ring(source, size)
    except OSError as error:
        if error.errno == errno.EBUSY:
            name = ", ".join(point.name for point in source.all_points)
            raise LabError(f"the packet socket of {name} is being recorded already") from None
        return Messages(source, size)  # no memory, or a kernel without rings


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Run *recorder* in a thread while the ``with`` block lasts, then close it.

    An error of its sink ends the recording, and is raised at the end of the block.
    """
    here, there = os.pipe()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            recorder.run(here)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="netplay-recorder", daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        os.close(there)
        thread.join()
        os.close(here)
        recorder.close()
    if failures:
        raise failures[0]
