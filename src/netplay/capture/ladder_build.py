"""From journeys to a ladder: one row per packet, with its words, its hops and its fate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from netplay.capture.describe import Description, describe, end
from netplay.capture.escaping import escape
from netplay.capture.flows import conversations_of
from netplay.capture.journeys import Journey
from netplay.capture.ladder import Gap, Kind, Ladder, LadderRow, Row, Sighting
from netplay.capture.likeness import sides
from netplay.capture.names import Lane, Names
from netplay.capture.packet import Packet
from netplay.capture.routes import Router
from netplay.capture.tcp_state import Event, Segment

_PROTOCOL_KINDS = {
    "DNS": Kind.DNS, "mDNS": Kind.DNS, "LLMNR": Kind.DNS, "HTTP": Kind.HTTP, "TLS": Kind.TLS,
    "QUIC": Kind.TLS, "ICMP": Kind.ICMP, "ICMPv6": Kind.ICMP, "ARP": Kind.ARP,
}  # fmt: skip
_EVENT_KINDS = {
    Event.RESET: Kind.RESET, Event.REFUSED: Kind.RESET, Event.OPEN: Kind.OPEN,
    Event.ACCEPT: Kind.OPEN, Event.HALF_CLOSE: Kind.CLOSE, Event.CLOSE: Kind.CLOSE,
}  # fmt: skip
_PLAIN = frozenset({Event.OPEN, Event.ACCEPT})  # the flags say as much


def build(
    journeys: Iterable[Journey],
    lanes: Sequence[Lane],
    *,
    names: Names | None = None,
    title: str = "",
    limit: int = 0,
    missed: Mapping[str, int] | None = None,
) -> Ladder:
    """The ladder of *journeys* over *lanes*, from left to right.

    Journeys that no lane has seen are left out. With a *limit*, only that many rows are
    kept, half of them from the beginning and half from the end, and a gap between. *missed*
    says how many packets the recorder lost at a point: nothing is called dropped near one.
    """
    known = tuple(journeys)
    start = min((journey.first.time_ns for journey in known), default=0)
    found = conversations_of(known)
    segments = {
        id(segment.packet): (number, segment)
        for number, conversation in enumerate(found)
        for segment in conversation.segments
    }
    maker = _Maker(Router(known, lanes, start, missed or {}), segments, names or Names(), start)
    rows = [row for journey in known if (row := maker.row(journey))]
    return Ladder(escape(title), start / 1e9, tuple(lanes), _cut(rows, limit), found)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What all rows need to know; ``segments`` by the id() of the packet as it was sent."""

    router: Router
    segments: Mapping[int, tuple[int, Segment]]
    names: Names
    start: int

    def row(self, journey: Journey) -> Row | None:
        """The row of *journey*, or None if no lane has seen it."""
        seen = self.router.sightings(journey)
        if not seen:
            return None
        first = seen[0]
        words = describe(first, self.names.of(first.point))
        number, segment = self.segments.get(id(journey.first), (None, None))
        way = self.router.way(journey)
        return Row(
            number=journey.number,
            time=(first.time_ns - self.start) / 1e9,
            lane=self.router.lane(first),
            kind=_kind(words, segment),
            protocol=words.protocol,
            label=_label(words, segment),
            source=words.source,
            destination=words.destination,
            length=first.length,
            hops=tuple(way.hops),
            sightings=tuple(self._sighting(packet) for packet in seen),
            conversation=number,
            notes=(*_notes(journey, segment), *filter(None, [way.note])),
            rewrites=journey.rewrites,
            drop=way.drop,
        )

    def _sighting(self, packet: Packet) -> Sighting:
        ends = [end(str(address), port) for address, port in sides(packet)] or ["", ""]
        return Sighting(
            point=escape(packet.point),
            direction=str(packet.direction),
            time=(packet.time_ns - self.start) / 1e9,
            frame=packet.number,
            source=ends[0],
            destination=ends[1],
            ttl=packet.ip.ttl if packet.ip else None,
        )


def _kind(words: Description, segment: Segment | None) -> Kind:
    for event in segment.events if segment else ():
        if event in _EVENT_KINDS:
            return _EVENT_KINDS[event]
    if words.protocol in _PROTOCOL_KINDS:
        return _PROTOCOL_KINDS[words.protocol]
    if segment and segment.packet.tcp and segment.packet.tcp.syn:
        return Kind.OPEN  # sent again
    if segment is None:
        return Kind.OTHER
    return Kind.DATA if segment.length else Kind.ACK


def _label(words: Description, segment: Segment | None) -> str:
    if words.protocol == "UDP":
        return f"UDP {words.info} {words.source} > {words.destination}"
    if segment is None or words.protocol != "TCP":
        said_twice = words.info.startswith(words.protocol)  # HTTP/1.1 200 OK
        return words.info if said_twice else f"{words.protocol} {words.info}"
    if Event.OPEN in segment.events:
        return f"{segment.info} {words.source} > {words.destination}"
    return segment.info


def _notes(journey: Journey, segment: Segment | None) -> tuple[str, ...]:
    notes = [str(event) for event in (segment.events if segment else ()) if event not in _PLAIN]
    if journey.duplicate_of is not None:
        notes.append("a copy made on the way")
    return (*notes, *journey.first.warnings)


def _cut(rows: list[Row], limit: int) -> tuple[LadderRow, ...]:
    if not limit or len(rows) <= limit:
        return tuple(rows)
    head, tail = limit - limit // 2, limit // 2
    return (*rows[:head], Gap(len(rows) - head - tail), *rows[len(rows) - tail :])
