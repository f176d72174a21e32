"""Which link, and which of its directions, a person means. Pure.

    h1 lan            the link between them          h1>lan     only what goes from h1 to lan
    h1                the only link that h1 has      h1:eth1    the link that is plugged in there
    h1 modem          both on the switch lan: h1's cable to it, for it is the host's

Two machines on one switch have no cable of their own between them; what is meant is the cable
that is nearer to one of them alone: that of the host if the other is a router, otherwise that of
the one the topology names first. It is the same one whichever is named first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netplay.errors import LabError, suggestion
from netplay.model import Endpoint, Link, Role, Topology
from netplay.structs import Frozen


class Chosen(Frozen):
    """A link, and whether its directions a → b and b → a are meant."""

    link: Link
    forward: bool = True
    backward: bool = True


def choose(topology: Topology, *words: str) -> Chosen:
    """The link that *words* name, together or one by one; LabError says what is wrong with them."""
    text = " ".join(words)
    if ">" in text:
        names = [name.strip() for name in text.split(">")]
        if len(names) != 2 or not all(names):
            raise LabError(f"'{text}' is not a direction as in 'h1>h2'")
        link, start = _between(topology, names[0], names[1])
        return Chosen(link, forward=start == link.a, backward=start == link.b)
    names = text.split()
    if len(names) == 2:
        return Chosen(_between(topology, names[0], names[1])[0])
    if len(names) == 1:
        return Chosen(_alone(topology, names[0]))
    raise LabError(f"'{text}' does not name a link; name its two ends, as in 'h1 h2', or 'h1:eth1'")


def _alone(topology: Topology, name: str) -> Link:
    links = [link for link, _ in _links_at(topology, name)]
    if len(links) == 1:
        return links[0]
    raise LabError(f"{name} has {len(links)} links: {_listed(links)}; say which")


def _between(topology: Topology, first: str, second: str) -> tuple[Link, Endpoint]:
    """The link between two names, and its end on the side of *first*."""
    ours, theirs = _links_at(topology, first), _links_at(topology, second)
    direct = [
        (link, end)
        for link, end in ours
        for other, there in theirs
        if link == other and end != there
    ]
    if len(direct) == 1:
        return direct[0]
    if direct:
        links = [link for link, _ in direct]
        raise LabError(f"{first} and {second} are joined by {len(links)} links: {_listed(links)}")
    found = [
        _nearer(topology, one, other)
        for one in ours
        for other in theirs
        if _meet(topology, one, other)
    ]
    if len(set(found)) == 1:
        return found[0]
    links = [link for link, _ in ours]
    raise LabError(f"{first} and {second} are no neighbours; {first} has: {_listed(links)}")


def _nearer(
    topology: Topology, one: tuple[Link, Endpoint], other: tuple[Link, Endpoint]
) -> tuple[Link, Endpoint]:
    """The cable that is meant of two that meet at switches, and its end on the side of *one*."""
    names = [node.name for node in topology.nodes]

    def rank(at: tuple[Link, Endpoint]) -> tuple[bool, int]:
        return topology[at[1].node].role is not Role.HOST, names.index(at[1].node)

    if rank(one) < rank(other):
        return one
    link, end = other
    return link, _other_end(link, end)


def _meet(topology: Topology, one: tuple[Link, Endpoint], other: tuple[Link, Endpoint]) -> bool:
    """Whether two links lead to the same switch, or to switches that are joined."""
    start, goal = _other_end(*one).node, _other_end(*other).node
    if one == other or not (_is_switch(topology, start) and _is_switch(topology, goal)):
        return False
    reached, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for link, end in _of(topology, name):
            there = _other_end(link, end).node
            if _is_switch(topology, there) and there not in reached:
                reached.add(there)
                waiting.append(there)
    return goal in reached


def _links_at(topology: Topology, name: str) -> list[tuple[Link, Endpoint]]:
    """The links at a node, or at the endpoint ``node:interface``, with their ends there."""
    node, _, interface = name.partition(":")
    names = [known.name for known in topology.nodes]
    if node not in names:
        raise LabError(f"there is no '{node}' in this lab{suggestion(node, names)}")
    links = list(_of(topology, node))
    if not interface:
        if not links:
            raise LabError(f"{node} has no link")
        return links
    found = [(link, end) for link, end in links if end.interface == interface]
    if not found:
        known_ends = [end.interface for _, end in links]
        raise LabError(f"{node} has no link at '{interface}'{suggestion(interface, known_ends)}")
    return found


def _of(topology: Topology, node: str) -> Iterator[tuple[Link, Endpoint]]:
    for link in topology.links:
        for end in (link.a, link.b):
            if end.node == node:
                yield link, end


def _other_end(link: Link, end: Endpoint) -> Endpoint:
    return link.b if end == link.a else link.a


def _is_switch(topology: Topology, name: str) -> bool:
    return topology[name].role is Role.SWITCH


def _listed(links: Sequence[Link]) -> str:
    return ", ".join(f"'{link.name}'" for link in links)
