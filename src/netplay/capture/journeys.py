"""The same packet at several capture points, put together again: its journey.

Sightings are compared by digests of what no router changes (``likeness``). Those are not unique: a
repeated DNS query is the same packet again. So a sighting joins only a journey that has not
been at this point yet; of several it takes the one with the most ends in common, then the
one whose travel time is like the last known between these two points.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from netplay.capture.checksum import Checksum
from netplay.capture.describe import end
from netplay.capture.frame import Direction
from netplay.capture.likeness import Side, ends_in_common, keys_of, possible, sides
from netplay.capture.packet import Packet

_FEW, _CROWD = 16, 256
_Place = tuple[str, Direction]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """NAT at work: ``field`` ("source" or "destination") changed at ``node``.

    ``old`` and ``new`` are address and port, as ``192.168.1.11:40000``.
    """

    node: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Journey:
    """One packet on its way: every sighting, in order. ``number`` counts from 1.

    ``duplicate_of`` is the number of the journey that a link has copied, or None.
    """

    number: int
    sightings: tuple[Packet, ...]
    duplicate_of: int | None = None

    @property
    def first(self) -> Packet:
        """The packet as it was sent."""
        return self.sightings[0]

    @property
    def last(self) -> Packet:
        """The packet as it was last seen."""
        return self.sightings[-1]

    @property
    def rewrites(self) -> tuple[Rewrite, ...]:
        """Every change of address or port on the way."""
        found = []
        for before, after in zip(self.sightings, self.sightings[1:], strict=False):
            pairs = zip(("source", "destination"), sides(before), sides(after), strict=False)
            for name, old, new in pairs:
                if old != new:
                    found.append(Rewrite(after.node, name, _written(old), _written(new)))
        return tuple(found)

    @property
    def damaged(self) -> Packet | None:
        """The first sighting whose checksum is wrong, though it was sent with a right one."""
        if _spoilt(self.first):
            return None
        return next((packet for packet in self.sightings if _spoilt(packet)), None)


def _spoilt(packet: Packet) -> bool:
    ip = packet.ip
    return ip is not None and Checksum.BAD in (packet.checksum, ip.checksum)


def _written(side: Side) -> str:
    return end(str(side[0]), side[1])


@dataclass(slots=True, eq=False)
class _Open:
    """A journey that may go on."""

    number: int
    keys: tuple[Hashable | None, ...]
    duplicate_of: int | None
    sightings: list[Packet] = field(default_factory=list)
    visited: set[_Place] = field(default_factory=set)


class _Namesakes:
    """The journeys under one key. Usually that is one; in a flood of equal datagrams it is
    thousands, and then those that have yet to come to a place are kept at hand for it.
    """

    __slots__ = ("_all", "_missing")

    def __init__(self) -> None:
        self._all: list[_Open] = []
        self._missing: dict[_Place, deque[_Open]] = {}

    def __iter__(self) -> Iterator[_Open]:
        return reversed(self._all)

    def add(self, journey: _Open) -> None:
        """File a journey that begins."""
        self._all.append(journey)
        if len(self._all) > 2 * _CROWD:
            del self._all[:_CROWD]
        for place, waiting in self._missing.items():
            if place not in journey.visited:
                waiting.append(journey)

    def yet_to_come(self, place: _Place) -> Iterable[_Open]:
        """The journeys that have not been at *place*: the last few hundred of them."""
        if place in self._missing:
            return tuple(self._missing[place])
        found = [journey for journey in self._all if place not in journey.visited]
        if len(self._all) > _FEW:
            self._missing[place] = deque(found, _CROWD)
        return found

    def arrived(self, journey: _Open, place: _Place) -> None:
        """Note that *journey* has been at *place*."""
        waiting = self._missing.get(place)
        if waiting and journey in waiting:
            waiting.remove(journey)


class _Follower:
    def __init__(self) -> None:
        self.journeys: list[_Open] = []
        self._filed: defaultdict[Hashable, _Namesakes] = defaultdict(_Namesakes)
        self._travel: dict[Hashable, int] = {}  # ns between two points, when last known

    def see(self, packet: Packet) -> None:
        """Add *packet* to the journey it belongs to, or begin one."""
        keys, place = keys_of(packet), (packet.point, packet.direction)
        for grade, key in enumerate(keys):
            found = self._choose(packet, grade, key, place) if key in self._filed else None
            if found is not None:
                before = found.sightings[-1]
                self._travel[_leg(before, packet)] = packet.time_ns - before.time_ns
                found.sightings.append(packet)
                found.visited.add(place)
                for filed in found.keys:
                    if filed is not None:
                        self._filed[filed].arrived(found, place)
                return
        begun = _Open(len(self.journeys) + 1, keys, self._original(packet, keys[0]))
        begun.sightings.append(packet)
        begun.visited.add(place)
        self.journeys.append(begun)
        for key in keys:
            if key is not None:
                self._filed[key].add(begun)

    def _choose(self, packet: Packet, grade: int, key: Hashable, place: _Place) -> _Open | None:
        candidates = [
            journey
            for journey in self._filed[key].yet_to_come(place)
            if possible(journey.sightings[-1], packet, grade)
        ]
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        return max(candidates, key=lambda journey: self._likeness(journey.sightings[-1], packet))

    def _likeness(self, before: Packet, packet: Packet) -> tuple[int, bool, int]:
        same = ends_in_common(before, packet)
        # What came into a node leaves the same node; what left one comes into another.
        inside = before.direction is Direction.IN and packet.direction is Direction.OUT
        fits = inside == (before.node == packet.node)
        usual = self._travel.get(_leg(before, packet), 0)
        return same, fits, -abs(packet.time_ns - before.time_ns - usual)

    def _original(self, packet: Packet, key: Hashable) -> int | None:
        """The journey that *packet* is a copy of: it came in twice but went out once."""
        if packet.direction is not Direction.IN or key not in self._filed:
            return None
        for journey in self._filed[key]:
            place = next((i for i, p in enumerate(journey.sightings) if _here(p, packet)), 0)
            before = journey.sightings[place - 1] if place else None
            if before is not None and before.direction is Direction.OUT:
                return journey.number
        return None


def follow(packets: Iterable[Packet]) -> tuple[Journey, ...]:
    """The journeys of *packets*, recorded at any number of points, by the time they began."""
    follower = _Follower()
    for packet in sorted(packets, key=_moment):
        follower.see(packet)
    return tuple(
        Journey(found.number, tuple(found.sightings), found.duplicate_of)
        for found in follower.journeys
    )


def matching(journeys: Iterable[Journey], test: Callable[[Packet], bool]) -> tuple[Journey, ...]:
    """The journeys of which *test* (a ``Filter``) finds at least one sighting."""
    return tuple(journey for journey in journeys if any(map(test, journey.sightings)))


def _moment(packet: Packet) -> tuple[int, int, bool]:
    """What to sort by: the time; of the same nanosecond, as far along the way as TTL tells."""
    ttl = packet.ip.ttl if packet.ip else 0
    return packet.time_ns, -ttl, packet.direction is Direction.IN


def _leg(before: Packet, packet: Packet) -> Hashable:
    return before.point, before.direction, packet.point, packet.direction


def _here(one: Packet, other: Packet) -> bool:
    return one.point == other.point and one.direction is other.direction
