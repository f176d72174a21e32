"""`lab.capture()`: what crosses the links of a lab while a block runs, as packets and stories.

    with lab.capture(filter="tcp port 80") as capture:
        lab["h1"].run("curl", "http://www/")
    print(capture.ladder())

Everything that the chosen places see is recorded; the filter chooses afterwards. It chooses whole
journeys: of a packet whose address NAT changes on the way, a filter for the address would
otherwise leave half, and the other half would look as if the packet had been dropped.

Frames are kept as they came and decoded when somebody asks.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netplay.capture.decoder import decode
from netplay.capture.filter import Filter
from netplay.capture.flows import Conversation, conversations_of
from netplay.capture.frame import Frame
from netplay.capture.journeys import Journey, follow, matching
from netplay.capture.ladder import Ladder
from netplay.capture.ladder_build import build
from netplay.capture.ladder_text import to_text
from netplay.capture.names import Lane, hosts_of, names_of
from netplay.capture.packet import Packet
from netplay.capture.pcapng import Writer
from netplay.capture.record import Recorder
from netplay.capture.sources import Source
from netplay.errors import LabError
from netplay.lab import tapping
from netplay.lab.lanes import lanes_for
from netplay.model import Address, Topology

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

_BUFFER = 1 << 22  # bytes for each socket until they are read


def names_block(topology: Topology) -> dict[Address, Sequence[str]]:
    """The names of every address that is one node's alone, for a file."""
    unique = names_of(topology).everywhere
    nodes = {node.name: node for node in topology.computers}
    return {address: nodes[owner].names for address, owner in unique.items()}


class Capture:
    """What was recorded at *where* (nothing: every link), as far as *filter* is true of it.

    Made by ``lab.capture()``. It may be asked while it records, and after. With *keep*, only the
    last so many bytes are kept. A *quick* one begins in 1 ms instead of 50, and loses packets
    where there are very many (`missed` says so).
    """

    def __init__(
        self,
        lab: Lab,
        where: Sequence[str] = (),
        filter: str | None = None,
        *,
        keep: int = 0,
        quick: bool = False,
    ) -> None:
        self.topology = lab.topology
        self._lab, self._where, self._keep, self._quick = lab, tuple(where), keep, quick
        self._filter = Filter(filter or "", hosts_of(lab.topology))
        self._frames: deque[Frame] = deque()
        self._size = 0
        self._lock = threading.Lock()
        self._sources: tuple[Source, ...] = ()
        self._recorder: Recorder | None = None
        self._run: _Run | None = None
        self._points: set[str] = set()
        self._decoded: dict[int, Packet] = {}
        self._received: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()

    def __enter__(self) -> Capture:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ recording

    def start(self) -> None:
        """Begins; what is sent from now on is recorded."""
        self._sources = tapping.open_sources(self._lab, self._where)
        try:
            self._recorder = Recorder(
                self._sources, self._take, buffer=_BUFFER, ring=not self._quick
            )
        except BaseException:
            tapping.close(self._sources)
            raise
        self._points = {point.name for source in self._sources for point in source.all_points}
        self._run = _Run(self._recorder)

    def stop(self) -> None:
        """Ends; all that was sent before is there. Does nothing the second time."""
        if self._recorder is None or self._run is None:
            return
        recorder, run = self._recorder, self._run
        self._recorder = self._run = None
        try:
            run.end()
            self._count(recorder)
        finally:
            self._let_go(recorder, run)

    def discard(self) -> None:
        """Ends at once; what was not read yet is lost. For a capture that nobody will ask."""
        if self._recorder is not None and self._run is not None:
            self._run.hurry()
            self._let_go(self._recorder, self._run)
            self._recorder = self._run = None

    def _let_go(self, recorder: Recorder, run: _Run) -> None:
        """Closes the sockets, in a thread: the kernel waits for all processors, about 100 ms."""

        def work() -> None:
            run.join()
            recorder.close()
            tapping.close(self._sources)

        threading.Thread(target=work, name="netplay-capture-end").start()

    def settle(self) -> None:
        """Waits until all that was sent before this call is here (some milliseconds)."""
        if self._recorder is not None and self._run is not None:
            # Ending a run empties the sockets; the next goes on where it ended.
            self._run.end()
            self._run = _Run(self._recorder)
            self._count(self._recorder)

    def _take(self, frames: Iterable[Frame]) -> None:
        with self._lock:
            for frame in frames:
                self._frames.append(frame)
                self._size += len(frame.data)
            while self._keep and self._size > self._keep:
                self._size -= len(self._frames.popleft().data)

    def _count(self, recorder: Recorder) -> None:
        # The kernel's count of drops begins anew at each question, the recorder adds them up.
        for point, (received, dropped) in recorder.statistics().items():
            self._received[point], self._missed[point] = received, dropped

    # ------------------------------------------------------------ asking

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Everything that was recorded, in order of time, whatever the filter says."""
        self.settle()
        with self._lock:
            return tuple(self._frames)

    @property
    def missed(self) -> dict[str, int]:
        """How many packets the recording lost at a point because they came too fast."""
        return {point: count for point, count in self._missed.items() if count}

    @property
    def packets(self) -> tuple[Packet, ...]:
        """Every sighting of the packets that the filter is true of, in order of time."""
        found = [packet for journey in self.journeys for packet in journey.sightings]
        return tuple(sorted(found, key=lambda packet: packet.number))

    @property
    def journeys(self) -> tuple[Journey, ...]:
        """The packets that the filter is true of at least once, each with its whole way."""
        return matching(follow(self._all()), self._filter)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What programs said to each other, seen through NAT."""
        return conversations_of(self.journeys)

    def seen(self, filter: str = "") -> int:
        """How many packets *filter* is true of, each counted once however far it went."""
        return len(matching(self.journeys, self._test(filter)))

    def conversation(self, filter: str = "") -> Conversation:
        """The first conversation that *filter* is true of; LabError if there is none."""
        test, found = self._test(filter), self.conversations
        for one in found:
            if any(test(segment.packet) for segment in one.segments):
                return one
        heard = [f"{one.protocol} {one.client} > {one.server}" for one in found[:4]]
        raise LabError(f"no conversation matches '{filter}'; heard: {', '.join(heard) or 'none'}")

    def save(self, path: str | Path) -> None:
        """Writes a pcapng file, with one interface for each place and the names of all nodes."""
        points = [point for source in self._sources for point in source.all_points]
        with open(path, "wb") as file:
            writer = Writer(file, points, names_block(self.topology))
            writer.write([packet.frame for packet in self.packets])
            now = time.time_ns()
            for name, received in self._received.items():
                writer.statistics(name, now, received, self._missed[name])

    def picture(
        self, *, title: str = "", limit: int = 0, journeys: Sequence[Journey] | None = None
    ) -> Ladder:
        """The ladder as an object, for `to_svg` and the like; of *journeys*, or of all."""
        chosen = self.journeys if journeys is None else journeys
        lanes = lanes_for(self.topology, chosen)
        names = names_of(self.topology)
        return build(chosen, self._heard(lanes), names=names, title=title, limit=limit,
                     missed=self.missed | self._unheard(lanes))  # fmt: skip

    def ladder(self, width: int = 100, *, limit: int = 0, ascii: bool = False) -> str:
        """The ladder as text; with *limit*, not more than so many packets."""
        return to_text(self.picture(limit=limit), width, ascii=ascii)

    def _heard(self, lanes: Sequence[Lane]) -> list[Lane]:
        """The columns, without the capture points of those that nobody listened to."""
        return [
            lane if self._points.intersection(lane.points) else replace(lane, points=())
            for lane in lanes
        ]

    def _unheard(self, lanes: Sequence[Lane]) -> dict[str, int]:
        """The links of half-heard columns that nobody listened to: what ends there is no drop."""
        return {
            point: 1
            for lane in lanes
            for point in lane.points
            if point not in self._points and not point.endswith(f":{tapping.LOOPBACK}")
        }

    def _test(self, text: str) -> Filter:
        return Filter(text, hosts_of(self.topology))

    def _all(self) -> list[Packet]:
        found: dict[int, Packet] = {}
        for frame in self.frames:
            known = self._decoded.get(frame.number)
            found[frame.number] = known if known is not None else decode(frame)
        self._decoded = found
        return list(found.values())


class _Run:
    """A recorder at work in a thread of its own."""

    def __init__(self, recorder: Recorder) -> None:
        self._here, self._there = os.pipe2(os.O_CLOEXEC)
        self._failures: list[BaseException] = []
        self._recorder = recorder
        self._thread = threading.Thread(target=self._work, name="netplay-capture", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._recorder.run(self._here)
        except BaseException as error:  # told by end(), in the thread that can do something
            self._failures.append(error)

    def end(self) -> None:
        """Reads what is left and ends; raises what the recording failed with."""
        self.hurry()
        self.join()
        if self._failures:
            raise self._failures[0]

    def hurry(self) -> None:
        """Tells it to end."""
        os.close(self._there)

    def join(self) -> None:
        """Waits until it has."""
        if self._here >= 0:
            self._thread.join()
            os.close(self._here)
            self._here = -1
