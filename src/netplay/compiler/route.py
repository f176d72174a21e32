"""Routes for the computers that were given none: shortest paths, counted in routers.

A search starts at the routers of a segment and runs backwards over all others, nearest first and
in the order of the file, so that the result never depends on chance. What it finds is the next
hop on every segment. Segments behind the same routers share one search, and hosts never search:
a thousand of them cost a thousand look-ups.

A router that masquerades is a door that opens outwards: IPv4 finds no way in through it. IPv6 has
no masquerade, so answers need routes to the inside; that strangers stay out is the filter's work,
and so such a door is the last way that is looked at, and never the default of a router outside.

Tables stay short, as a person would write them: a host gets a default route; so does a modem, and
a router with one way out, unless its neighbour would send all back; others list what they know.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from ipaddress import ip_network

from netplay.compiler.address import configured_by_hand
from netplay.compiler.cells import At, Problems
from netplay.compiler.raw import RawInterface, RawNode, RawTopology, is_link_local
from netplay.compiler.segment import segments
from netplay.model import Address, Network, Role, Route
from netplay.structs import Frozen, Struct, field

_BY_HAND = r"\bip\s+(-\S+\s+)*r(o|ou|out|oute)?\s+(add|a|replace|r)\b|\broute\s+add\b"


class _Way(Frozen):
    """How a computer reaches a network: out of ``interface``, to ``gateway`` of ``router``."""

    interface: str
    gateway: Address
    router: str
    is_shut: bool  # by a masquerade: answers pass, strangers do not

    def to(self, destination: Network) -> Route:
        """The route that leads *destination* this way."""
        interface = self.interface if is_link_local(self.gateway) else None
        return Route(destination=destination, gateway=self.gateway, interface=interface)


class _Goal(Struct):
    """Segments that have the same routers, and how to come to them from everywhere else."""

    routers: tuple[str, ...]
    networks: dict[int, list[Network]] = field(default_factory=dict)  # by segment
    count: int = 0  # of all networks
    hops: dict[int, RawInterface] = field(default_factory=dict)  # by segment: where to send
    distances: dict[int, int] = field(default_factory=dict)  # by segment: in routers


class _Chart:
    """One address family of the network, indexed for the search."""

    def __init__(self, raw: RawTopology, version: int) -> None:
        self.raw = raw
        self.version = version
        self.members = [segment.interfaces for segment in segments(raw)]
        self._ways: dict[str, list[tuple[_Way, _Goal]]] = {}
        self._networks: dict[int, list[Network]] = {}
        self._segments = {id(end): i for i, ends in enumerate(self.members) for end in ends}
        self.doors = {
            (node.name, at.value.interface)
            for node in raw.nodes.values()
            for at in node.config.masquerade or ()
        }
        # Only where there are several networks can a neighbour be on none of one's own.
        self.mixed = [len({n for e in ends for n in self.networks(e)}) > 1 for ends in self.members]
        self.goals = self._find_goals()

    def ends(self, node: RawNode) -> Iterator[tuple[int, RawInterface]]:
        """The interfaces of *node* that have an address, with their segments."""
        for end in node.interfaces.values():
            segment = self._segments.get(id(end))
            if segment is not None and end.has(self.version):
                yield segment, end

    def networks(self, end: RawInterface) -> list[Network]:
        """The networks that *end* is on."""
        if id(end) not in self._networks:
            own = (at.value for at in end.addresses if at.value.version == self.version)
            found = [address.network for address in own if not is_link_local(address.ip)]
            self._networks[id(end)] = found
        return self._networks[id(end)]

    def is_door(self, end: RawInterface) -> bool:
        """Whether what leaves through *end* is masqueraded."""
        return (end.node, end.name) in self.doors

    def ways(self, node: RawNode) -> list[tuple[_Way, _Goal]]:
        """For every goal that *node* can reach and is not at, its nearest way."""
        if node.name not in self._ways:
            self._ways[node.name] = list(_ways(node, self))
        return self._ways[node.name]

    def _find_goals(self) -> list[_Goal]:
        goals: dict[tuple[str, ...], _Goal] = {}
        for segment, ends in enumerate(self.members):
            routers = tuple(end.node for end in ends if self._forwards(end))
            networks = list(dict.fromkeys(n for end in ends for n in self.networks(end)))
            if routers and networks:
                goal = goals.setdefault(routers, _Goal(routers))
                goal.networks[segment] = networks
                goal.count += len(networks)
        for goal in goals.values():
            self._search(goal)
        return list(goals.values())

    def _forwards(self, end: RawInterface) -> bool:
        return self.raw.nodes[end.node].role is Role.ROUTER and end.has(self.version)

    def _search(self, goal: _Goal) -> None:
        open_ends: deque[tuple[int, RawInterface, int]] = deque()
        doors: deque[tuple[int, RawInterface, int]] = deque()

        def arrive(router: str, distance: int) -> None:
            for segment, entry in self.ends(self.raw.nodes[router]):
                if not self.is_door(entry):
                    open_ends.append((segment, entry, distance))
                elif self.version == 6:
                    # Longer than any way round: a door is taken where there is no other.
                    doors.append((segment, entry, distance + len(self.raw.nodes)))

        seen = set(goal.routers)
        for router in goal.routers:
            arrive(router, 1)
        while open_ends or doors:
            segment, entry, distance = (open_ends or doors).popleft()
            if segment in goal.distances:
                continue
            goal.hops[segment] = entry
            goal.distances[segment] = distance
            for end in self.members[segment]:
                if end.node not in seen and self._forwards(end):
                    seen.add(end.node)
                    arrive(end.node, distance + 1)


def assign_routes(raw: RawTopology, problems: Problems) -> None:
    """Give every computer the routes that it needs and was not given."""
    del problems
    for node in raw.nodes.values():
        node.routes = list(node.config.routes or ())
    for version in (4, 6):
        wanting = [node for node in raw.computers if _wants_routes(node, version)]
        if not wanting:
            continue
        chart = _Chart(raw, version)
        for node in wanting:
            routes = (*_neighbours(node, chart), *_remote(node, chart))
            node.routes += [At(route, node.where) for route in routes]


def _wants_routes(node: RawNode, version: int) -> bool:
    given = node.config.routes
    if given is not None and (
        not given or version in {at.value.destination.version for at in given}
    ):
        return False
    routed = any(re.search(_BY_HAND, command) for command in node.config.commands)
    return not routed and not configured_by_hand(node)


def _version(at: At[Route]) -> int:
    return at.value.destination.version


def _neighbours(node: RawNode, chart: _Chart) -> list[Route]:
    """Routes to neighbours whose address is on no network of the interface (a /32 each)."""
    own = {address.ip for address in node.addresses}
    found: dict[Network, Route] = {}
    for segment, interface in chart.ends(node):
        if not chart.mixed[segment]:
            continue
        networks = chart.networks(interface)
        for address in (at.value.ip for end in chart.members[segment] for at in end.addresses):
            if address.version != chart.version or address in own or is_link_local(address):
                continue
            if not any(address in network for network in networks):
                host = ip_network(address)
                found.setdefault(host, Route(destination=host, interface=interface.name))
    return list(found.values())


def _remote(node: RawNode, chart: _Chart) -> Iterator[Route]:
    """The routes of *node* to all that is beyond its own segments."""
    usual = _usual_way(node, chart)
    connected = {network for _, end in chart.ends(node) for network in chart.networks(end)}
    on = {segment for segment, _ in chart.ends(node)}
    written: set[Network] = set()
    for way, goal in chart.ways(node):
        if way == usual:
            continue
        for segment, networks in goal.networks.items():
            for network in networks:
                if segment not in on and network not in connected | written:
                    written.add(network)
                    yield way.to(network)
    if usual is not None:
        yield usual.to(ip_network("0.0.0.0/0" if chart.version == 4 else "::/0"))


def _usual_way(node: RawNode, chart: _Chart) -> _Way | None:
    """The way that becomes the default route."""
    counts = _counts(node, chart)
    # Never into somebody's modem if there is a choice: it would send all unknown back.
    ways = [way for way in counts if not way.is_shut]
    outwards = [way for way in ways if (node.name, way.interface) in chart.doors]
    if outwards:
        return outwards[0]
    if node.role is not Role.ROUTER:
        return max(ways or counts, key=lambda way: counts[way], default=None)
    if len(ways) != 1:
        return None
    neighbour = _counts(chart.raw.nodes[ways[0].router], chart)
    back = {way.router for way in neighbour if not way.is_shut}
    return None if back == {node.name} else ways[0]


def _counts(node: RawNode, chart: _Chart) -> Counter[_Way]:
    """How many networks lie behind each way of *node*."""
    on = {segment for segment, _ in chart.ends(node)}
    counts: Counter[_Way] = Counter()
    for way, goal in chart.ways(node):
        beyond = goal.count - sum(len(goal.networks.get(segment, ())) for segment in on)
        if beyond:
            counts[way] += beyond
    return counts


def _ways(node: RawNode, chart: _Chart) -> Iterator[tuple[_Way, _Goal]]:
    ends = list(chart.ends(node))
    for goal in chart.goals:
        if node.name in goal.routers:
            continue
        near = [(goal.distances[s], i) for i, (s, _) in enumerate(ends) if s in goal.distances]
        if near:
            segment, own = ends[min(near)[1]]
            hop = goal.hops[segment]
            yield _Way(own.name, _gateway(own, hop, chart), hop.node, chart.is_door(hop)), goal


def _gateway(own: RawInterface, hop: RawInterface, chart: _Chart) -> Address:
    """The address of *hop* on a network that *own* is on, else its link-local or its first."""
    networks = chart.networks(own)
    theirs = [at.value for at in hop.addresses if at.value.version == chart.version]
    shared = (address.ip for address in theirs if address.network in networks)
    local = (address.ip for address in theirs if is_link_local(address.ip))
    return next(shared, None) or next(local, theirs[0].ip)
