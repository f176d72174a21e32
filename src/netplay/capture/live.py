"""One line per packet, as it comes: names instead of addresses, numbers counted from the SYN.

The line is given in spans, so that the caller can colour them; ``str(line)`` is plain. All of it is
escaped. Connections are followed as they pass, at every point by itself, and only the latest
few thousand of them: a recording may run for days.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from netplay.capture.describe import describe
from netplay.capture.escaping import escape
from netplay.capture.flows import Flow, flow_of
from netplay.capture.likeness import Side, sides
from netplay.capture.names import Names
from netplay.capture.packet import Packet
from netplay.capture.tcp_state import Event, Segment, Tracker

# What the line says anyway, or is no news.
_QUIET = frozenset({Event.OPEN, Event.ACCEPT, Event.ESTABLISHED, Event.WINDOW_UPDATE})
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. ``style`` is time, point, direction, end, protocol, info, note or warning;
    space between pieces has none.
    """

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One packet in one line."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return "".join(span.text for span in self.spans)


class Live:
    """Makes lines of packets, in the order of their time.

    Times are seconds since the first packet, or the time of day with *clock*. The latest
    *connections* are followed, at each point by itself.
    """

    def __init__(
        self, names: Names | None = None, *, clock: bool = False, connections: int = 4096
    ) -> None:
        self._names = names or Names()
        self._clock, self._connections = clock, connections
        self._start: int | None = None
        self._width = self._reach = 0  # of the columns so far: they only grow
        self._flows: OrderedDict[Flow, tuple[Tracker, Side]] = OrderedDict()

    def line(self, packet: Packet) -> Line:
        """``0.000600  h1:eth1 in   www:80 > h1:40000  TCP SYN, ACK seq 0 ack 1``."""
        facts = self._facts(packet)
        point = escape(packet.point)
        self._width = max(self._width, min(len(point), 24))
        reach = min(len(facts.source) + len(facts.destination), 60)
        self._reach = max(self._reach, reach)
        pieces = [
            Span(self._time(packet), "time"),
            Span(point.ljust(self._width), "point"),
            Span(f"{packet.direction:<3}", "direction"),
            Span(facts.source, "end"),
            Span(">"),
            Span(facts.destination, "end"),
            Span(" " * (self._reach - reach)),
            Span(facts.protocol, "protocol"),
            Span(facts.info, "info"),
            *(Span(f"[{note}]", "note") for note in facts.notes),
            *(Span(f"[{warning}]", "warning") for warning in facts.warnings),
        ]
        if packet.frame.comment:
            pieces.append(Span(f"# {escape(packet.frame.comment)}", "note"))
        if not packet.point:
            del pieces[1:3]
        spans = [part for piece in pieces for part in (piece, Span(" "))]
        return Line(tuple(spans[:-1]))

    def record(self, packet: Packet) -> dict[str, object]:
        """The same as JSON values, schema 1: keys are added, never renamed or removed."""
        facts = self._facts(packet)
        return {
            "schema": SCHEMA,
            "frame": packet.number,
            "time": packet.time_ns / 1e9,
            "point": escape(packet.point),
            "direction": str(packet.direction),
            "source": facts.source,
            "destination": facts.destination,
            "protocol": facts.protocol,
            "info": facts.info,
            "length": packet.length,
            "ttl": packet.ip.ttl if packet.ip else None,
            "notes": list(facts.notes),
            "warnings": list(facts.warnings),
            "comment": escape(packet.frame.comment),
        }

    def _facts(self, packet: Packet) -> _Facts:
        words = describe(packet, self._names.of(packet.point))
        segment = self._follow(packet)
        info = words.info
        if segment is not None and words.protocol == "TCP":
            info = segment.info
        events = segment.events if segment else ()
        notes = tuple(str(event) for event in events if event not in _QUIET)
        target = "everyone" if words.destination == "ff:ff:ff:ff:ff:ff" else words.destination
        return _Facts(words.source, target, words.protocol, info, notes, packet.warnings)

    def _follow(self, packet: Packet) -> Segment | None:
        flow, tcp = flow_of(packet), packet.tcp
        if flow is None or tcp is None:
            return None
        sender = sides(packet)[0]
        tracker, client = self._flows.pop(flow, (Tracker(), sender))
        if tracker.begins_anew(tcp, sender == client):
            tracker, client = Tracker(), sender
        self._flows[flow] = tracker, client  # the latest stands last
        if len(self._flows) > self._connections:
            self._flows.popitem(last=False)
        return tracker.feed(packet, sender == client)

    def _time(self, packet: Packet) -> str:
        if self._clock:
            return datetime.fromtimestamp(packet.time).strftime("%H:%M:%S.%f")
        if self._start is None:
            self._start = packet.time_ns
        return f"{(packet.time_ns - self._start) / 1e9:10.6f}"


@dataclass(frozen=True, slots=True)
class _Facts:
    source: str
    destination: str
    protocol: str
    info: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
