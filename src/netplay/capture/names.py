"""Names instead of addresses, and what a topology knows about its capture points.

An address alone does not say whose it is: behind two modems 192.168.1.1 is two computers. So names
are looked up for a point: first what is on the same link as the point, then what is
unambiguous in the whole topology, else the address stays a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from netplay.capture.escaping import escape
from netplay.capture.frame import Point
from netplay.model import Address, Endpoint, Role, Topology

_NOTHING: Mapping[Address, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Names:
    """Whose an address is: ``at`` by the name of a capture point, ``everywhere`` else."""

    everywhere: Mapping[Address, str] = field(default_factory=lambda: _NOTHING)
    at: Mapping[str, Mapping[Address, str]] = field(default_factory=lambda: MappingProxyType({}))

    def name(self, address: Address, point: str = "") -> str:
        """The name of *address* at *point*, escaped; the address itself if it has none."""
        found = self.at.get(point, _NOTHING).get(address) or self.everywhere.get(address)
        return escape(found) if found else str(address)

    def of(self, point: str) -> Callable[[Address], str]:
        """``name`` for one point."""
        return lambda address: self.name(address, point)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One column of a ladder: a node, with the capture points that belong to it.

    A lane without points is drawn but was not listened to; ``addresses`` say which packets
    end there, and ``macs`` which frames on a shared link are meant for it (none: all are).
    """

    name: str
    points: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    macs: tuple[str, ...] = ()


def points_of(topology: Topology, mirrored: bool = True) -> tuple[Point, ...]:
    """A point for every interface of a computer that a link ends at.

    *mirrored* says that they are recorded in the patch panel rather than on the nodes.
    """
    described = {end: link.name for link in topology.links for end in (link.a, link.b)}
    return tuple(
        Point(name=str(end), description=described[end], mirrored=mirrored)
        for node in topology.computers
        for interface in node.interfaces
        if (end := Endpoint(node.name, interface.name)) in described
    )


def names_of(topology: Topology) -> Names:
    """The names of all nodes, by address: where two share one, each on its own links."""
    owners: dict[Address, set[str]] = {}
    for node in topology.computers:
        for address in node.addresses:
            owners.setdefault(address, set()).add(node.name)
    everywhere = {a: min(found) for a, found in owners.items() if len(found) == 1}
    shared = {a for a, found in owners.items() if len(found) > 1}
    at: dict[str, Mapping[Address, str]] = {}
    for segment in segments_of(topology):
        local = {
            address.ip: end.node
            for end in segment
            for interface in topology[end.node].interfaces
            if interface.name == end.interface
            for address in interface.addresses
            if address.ip in shared
        }
        if local:
            at.update((str(end), local) for end in segment)
    return Names(everywhere, at)


def hosts_of(topology: Topology) -> dict[str, tuple[Address, ...]]:
    """The addresses behind every name, for filters: node names, host names and aliases."""
    return {
        name: node.addresses
        for node in reversed(topology.computers)
        for name in node.names
        if node.addresses
    }


def lanes_of(topology: Topology, nodes: Iterable[str]) -> tuple[Lane, ...]:
    """The columns for *nodes*, in that order; KeyError for an unknown one."""
    ends = {str(end) for link in topology.links for end in (link.a, link.b)}
    lanes = []
    for node in (topology[name] for name in nodes):
        names = [f"{node.name}:{interface.name}" for interface in node.interfaces]
        points = (*(name for name in names if name in ends), f"{node.name}:lo")
        macs = tuple(interface.mac for interface in node.interfaces)
        lanes.append(Lane(name=node.name, points=points, addresses=node.addresses, macs=macs))
    return tuple(lanes)


def segments_of(topology: Topology) -> list[set[Endpoint]]:
    """The interfaces that hear each other's broadcasts: joined by cables and switches."""
    switches = {node.name for node in topology.nodes if node.role is Role.SWITCH}
    beside: dict[Endpoint | str, list[Endpoint | str]] = {}
    for link in topology.links:
        one, other = (end.node if end.node in switches else end for end in (link.a, link.b))
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    segments = []
    while beside:
        waiting, found = [next(iter(beside))], set()
        while waiting:
            place = waiting.pop()
            waiting.extend(beside.pop(place, ()))
            if isinstance(place, Endpoint):
                found.add(place)
        segments.append(found)
    return segments
