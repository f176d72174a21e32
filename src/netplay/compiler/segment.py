"""Segments: the interfaces that reach each other without a router (RFC 1122 calls it a link).

A cable between two computers is a segment of two; switches join cables into larger ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.compiler.raw import RawInterface, RawLink, RawTopology
from netplay.model import Role
from netplay.structs import Frozen


class Segment(Frozen):
    """The interfaces of computers on one segment, in the order of the nodes."""

    interfaces: tuple[RawInterface, ...]


def segments(raw: RawTopology) -> list[Segment]:
    """All segments, in the order in which the links first mention them.

    They are found once, when all links are known to be right.
    """
    if raw.segments is None:
        raw.segments = _found(raw)
    return raw.segments


def _found(raw: RawTopology) -> list[Segment]:
    root = _joined(raw)
    order = {name: index for index, name in enumerate(raw.nodes)}
    members: dict[str, list[RawInterface]] = {}
    for link in raw.links:
        ends = members.setdefault(root[_key(raw, link.a)], [])
        ends += [end for end in (link.a, link.b) if not _is_switch(raw, end)]
    return [
        Segment(tuple(sorted(ends, key=lambda end: order[end.node])))
        for ends in members.values()
        if ends
    ]


def loops(raw: RawTopology) -> Iterator[RawLink]:
    """The links that close a ring of switches, in which a broadcast would circle for ever."""
    union = _Union()
    for link in raw.links:
        both = _is_switch(raw, link.a) and _is_switch(raw, link.b)
        if both and not union.join(link.a.node, link.b.node):
            yield link


def _joined(raw: RawTopology) -> dict[str, str]:
    """For every end of a link (a switch counts as one end) the name of its segment."""
    union = _Union()
    for link in raw.links:
        union.join(_key(raw, link.a), _key(raw, link.b))
    return {key: union.find(key) for key in list(union.parent)}


def _key(raw: RawTopology, end: RawInterface) -> str:
    return end.node if _is_switch(raw, end) else f"{end.node}:{end.name}"


def _is_switch(raw: RawTopology, end: RawInterface) -> bool:
    return raw.nodes[end.node].role is Role.SWITCH


class _Union:
    """Union-find (Tarjan 1975), with path halving."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, key: str) -> str:
        parent = self.parent
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    def join(self, a: str, b: str) -> bool:
        """Put *a* and *b* together; False if they were together before."""
        a, b = self.find(a), self.find(b)
        self.parent[b] = a
        return a != b
