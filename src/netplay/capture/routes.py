"""Where each journey went, as hops between the columns of a ladder, and where it ended.

A packet that left a node and came in nowhere was lost on the wire; one that came into a node
which is not its destination, and did not leave it, was dropped there. That verdict needs to
know who owns an address and which way a wire leads. The first is told by the lanes; the second
is learnt from the packets that did arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from netplay.capture.checksum import Checksum
from netplay.capture.frame import Direction
from netplay.capture.icmp import ICMP
from netplay.capture.journeys import Journey
from netplay.capture.ladder import Drop, Hop
from netplay.capture.names import Lane
from netplay.capture.packet import Packet

_LOOPBACK = ":lo"
_Mark = tuple[object, ...]


@dataclass(slots=True)
class Way:
    """The hops of one journey, and its early end."""

    hops: list[Hop] = field(default_factory=list)
    drop: Drop | None = None
    note: str = ""


class Router:
    """Knows the columns, and what all the journeys taught about the wires between them."""

    def __init__(
        self, journeys: Sequence[Journey], lanes: Sequence[Lane], start_ns: int,
        missed: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._lanes = lanes
        self._deaf = {i for i, lane in enumerate(lanes) if any(map(missed.get, lane.points))}
        self._start = start_ns
        self._lane = {point: i for i, lane in enumerate(lanes) for point in lane.points}
        self._owner = {address: i for i, lane in enumerate(lanes) for address in lane.addresses}
        self._leads: dict[str, int] = {}  # from a point to the column at the other end
        self._comes: dict[str, int] = {}  # into a point from that column
        self._complaints = _complaints(journeys)
        for journey in journeys:
            self._learn(journey)

    def sightings(self, journey: Journey) -> list[Packet]:
        """The sightings in one of the columns, without frames that were meant for others."""
        return [p for p in journey.sightings if p.point in self._lane and self._meant(p)]

    def lane(self, packet: Packet) -> int:
        """The column that *packet* was seen in."""
        return self._lane[packet.point]

    def way(self, journey: Journey) -> Way:
        """How *journey* went."""
        seen, way = self.sightings(journey), Way()
        left: Packet | None = None
        before: Packet | None = None
        for packet in seen:
            came = left if packet.direction is Direction.IN and left else before
            self._step(way, came, packet)
            left = packet if packet.direction is Direction.OUT else left
            before = packet
        if seen:
            self._finish(way, journey, seen)
        return way

    def _step(self, way: Way, came: Packet | None, packet: Packet) -> None:
        """Add the hop that brought *packet* to its point, if that was one."""
        here = self._lane[packet.point]
        if came is not None:
            origin = self._lane[came.point]
            if origin != here:
                way.hops.append(self._hop(origin, here, came, packet))
        elif packet.direction is not Direction.OUT:
            origin = self._origin(packet, here)
            if origin != here or packet.point.endswith(_LOOPBACK):
                way.hops.append(self._hop(origin, here, packet, packet))

    def _hop(self, origin: int, target: int, came: Packet, packet: Packet) -> Hop:
        departs, arrives = self._time(came), self._time(packet)
        return Hop(origin, target, _ttl(packet), departs, arrives)

    def _origin(self, packet: Packet, here: int) -> int:
        """Where a packet comes from that nobody saw leave."""
        if packet.point in self._comes:
            return self._comes[packet.point]
        source = packet.ip.source if packet.ip else packet.arp.sender if packet.arp else None
        return self._owner.get(source, here) if source is not None else here

    def _finish(self, way: Way, journey: Journey, seen: list[Packet]) -> None:
        last = seen[-1]
        here = self._lane[last.point]
        goal = self._owner.get(last.ip.destination) if last.ip else None
        reached = {self._lane[p.point] for p in seen if p.direction is not Direction.OUT}
        if journey.damaged and (goal is None or goal in reached):
            way.drop = Drop(here, None, f"arrives damaged; {self._lanes[here].name} discards it")
        elif _for_many(last) or goal in reached:
            return
        elif last.direction is Direction.IN:
            if goal is not None and here in self._deaf:
                way.note = self._unsure(here)
            elif goal is not None:
                way.drop = Drop(here, None, self._reason(last, here))
        else:
            self._leave(way, last, here, goal)

    def _leave(self, way: Way, last: Packet, here: int, goal: int | None) -> None:
        """The end of a packet that was last seen going out."""
        toward = self._leads.get(last.point, goal)
        if toward is None or toward == here:
            return
        listening = bool(self._lanes[toward].points)
        if listening and toward in self._deaf:
            listening, way.note = False, self._unsure(toward)
        way.hops.append(Hop(here, toward, _ttl(last), self._time(last), None, listening))
        if listening:
            names = self._lanes[here].name, self._lanes[toward].name
            way.drop = Drop(here, toward, f"lost between {names[0]} and {names[1]}")

    def _unsure(self, lane: int) -> str:
        return f"not seen again, but the recording missed packets at {self._lanes[lane].name}"

    def _reason(self, last: Packet, here: int) -> str:
        name = self._lanes[here].name
        complaint = self._complaints.get(_mark(last))
        if complaint:
            return f"dropped in {name}, which answers: {complaint.reason}"
        if last.ip and last.ip.ttl <= 1:
            return f"dropped in {name}: the TTL ran out"
        if last.ip and last.ip.checksum is Checksum.BAD:
            return f"dropped in {name}: bad IP checksum"
        return f"dropped in {name}, which does not say why (filter or route)"

    def _learn(self, journey: Journey) -> None:
        seen = self.sightings(journey)
        for before, after in pairwise(seen):
            out_in = (before.direction, after.direction) == (Direction.OUT, Direction.IN)
            here, there = self._lane[before.point], self._lane[after.point]
            if out_in and here != there and not _for_many(after):
                self._leads.setdefault(before.point, there)
                self._comes.setdefault(after.point, here)

    def _meant(self, packet: Packet) -> bool:
        """Whether the frame is for this node: a switch floods what it does not know yet."""
        macs = self._lanes[self._lane[packet.point]].macs
        if packet.direction is not Direction.IN or not macs or packet.eth is None:
            return True
        target = packet.eth.destination
        return not target or target in macs or _for_many(packet) or packet.point.endswith(_LOOPBACK)

    def _time(self, packet: Packet) -> float:
        return (packet.time_ns - self._start) / 1e9


def _ttl(packet: Packet) -> int | None:
    return packet.ip.ttl if packet.ip else None


def _for_many(packet: Packet) -> bool:
    """Whether the frame goes to a group or to everyone (IEEE 802: the lowest bit says so)."""
    header = packet.eth.header if packet.eth else b""
    return bool(len(header) and header[0] & 1) or bool(
        packet.ip and packet.ip.destination.is_multicast
    )


def _complaints(journeys: Iterable[Journey]) -> dict[_Mark, ICMP]:
    """The ICMP errors by the packet that they are about, as it looked where it died."""
    found: dict[_Mark, ICMP] = {}
    for journey in journeys:
        message = journey.first.icmp or journey.first.icmpv6
        if message and message.error and message.quoted:
            ip = message.quoted.ip
            ends = (ip.source, ip.destination, message.quoted.ports)
            found[(*ends, ip.protocol, ip.identification)] = message
    return found


def _mark(packet: Packet) -> _Mark:
    ip = packet.ip
    if ip is None:
        return ()
    return ip.source, ip.destination, packet.ports, ip.protocol, ip.identification
