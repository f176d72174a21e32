"""The tree that the pictures draw: who hangs on whom, seen from the core.

A network is no tree; the links that would close a ring are kept aside, to be drawn over it. Each
island of the network is a tree of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netplay.model import Endpoint, Impairment, Link, Network, Node, Role, Topology


@dataclass(slots=True)
class Branch:
    """A node, the link that leads to it from above, and what hangs on it."""

    node: Node
    link: Link | None = None
    children: list[Branch] = field(default_factory=list)

    @property
    def upper(self) -> Endpoint | None:
        """The end of the link above, at the parent."""
        if self.link is None:
            return None
        return self.link.a if self.link.b.node == self.node.name else self.link.b

    @property
    def lower(self) -> Endpoint | None:
        """The end of the link above, at this node."""
        if self.link is None:
            return None
        return self.link.b if self.link.b.node == self.node.name else self.link.a

    def walk(self) -> Iterator[Branch]:
        """This branch and all below it, from above."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Forest:
    """The trees of a topology, the links that are in none, and the networks of its switches."""

    roots: tuple[Branch, ...]
    others: tuple[Link, ...]
    networks: Mapping[str, Network]

    def walk(self) -> Iterator[Branch]:
        """All branches of all trees, from above."""
        for root in self.roots:
            yield from root.walk()


def forest(topology: Topology) -> Forest:
    """The trees of *topology*, from its core outwards, in the order of the file."""
    nodes = {node.name: node for node in topology}
    neighbours = _neighbours(topology)
    left = dict(nodes)
    roots = []
    used: set[int] = set()
    while left:
        island = _distances(next(iter(left)), neighbours)
        core = _core([nodes[name] for name in nodes if name in island], neighbours)
        root = Branch(left.pop(core.name))
        queue = [root]
        for branch in queue:
            for name, link in neighbours[branch.node.name]:
                if name in left:
                    child = Branch(left.pop(name), link)
                    used.add(id(link))
                    branch.children.append(child)
                    queue.append(child)
        roots.append(root)
    others = tuple(link for link in topology.links if id(link) not in used)
    return Forest(tuple(roots), others, _networks(topology, nodes))


def _networks(topology: Topology, nodes: Mapping[str, Node]) -> dict[str, Network]:
    """For every switch the first network that a computer has on it."""
    found: dict[str, Network] = {}
    for link in topology.links:
        for own, far in ((link.a, link.b), (link.b, link.a)):
            if nodes[own.node].role is Role.SWITCH and nodes[far.node].role is not Role.SWITCH:
                for address in nodes[far.node].interface(far.interface).addresses:
                    if address.network.num_addresses > 1:
                        found.setdefault(own.node, address.network)
    return found


def _neighbours(topology: Topology) -> dict[str, list[tuple[str, Link]]]:
    order = {node.name: index for index, node in enumerate(topology)}
    found: dict[str, list[tuple[str, Link]]] = {name: [] for name in order}
    for link in topology.links:
        found[link.a.node].append((link.b.node, link))
        found[link.b.node].append((link.a.node, link))
    for neighbours in found.values():
        neighbours.sort(key=lambda item: order[item[0]])
    return found


def _core(island: list[Node], neighbours: dict[str, list[tuple[str, Link]]]) -> Node:
    """The node to begin with: in the default-free zone, if there is one, and in the middle."""

    def rank(node: Node) -> tuple[bool, int, int]:
        has_default = any(route.destination.prefixlen == 0 for route in node.routes)
        eccentricity = max(_distances(node.name, neighbours).values())
        return has_default, eccentricity, -len(neighbours[node.name])

    routers = [node for node in island if node.role is Role.ROUTER]
    switches = [node for node in island if node.role is Role.SWITCH]
    return min(routers or switches or island, key=rank)


def _distances(start: str, neighbours: dict[str, list[tuple[str, Link]]]) -> dict[str, int]:
    distances = {start: 0}
    queue = [start]
    for name in queue:
        for other, _ in neighbours[name]:
            if other not in distances:
                distances[other] = distances[name] + 1
                queue.append(other)
    return distances


def impairments_of(link: Link, below: str) -> list[str]:
    """What is wrong with *link*, in a few words: ``20ms loss 1% 10Mbit/s``.

    One line if both directions are the same, else one for each that is not perfect, with an
    arrow: down is towards the node called *below*.
    """
    forward, backward = _words(link.forward), _words(link.backward)
    if forward == backward:
        return [forward] if forward else []
    down, up = (forward, backward) if link.b.node == below else (backward, forward)
    return [f"{arrow} {text}" for arrow, text in (("↓", down), ("↑", up)) if text]


def _words(impairment: Impairment) -> str:
    found = []
    if impairment.delay or impairment.jitter:
        found.append(f"{impairment.delay * 1000:g}ms")
    if impairment.jitter:
        found.append(f"±{impairment.jitter * 1000:g}ms")
    for name in ("loss", "duplicate", "reorder", "corrupt"):
        if share := getattr(impairment, name):
            found.append(f"{name} {share * 100:g}%")
    if impairment.rate:
        found.append(f"{impairment.rate / 1e6:g}Mbit/s")
    if impairment.queue:
        found.append(f"queue {impairment.queue}")
    return " ".join(found)
