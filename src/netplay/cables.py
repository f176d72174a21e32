"""The panel's cables and what can be wrong with them, as data: the step `Impair` and its parts.

Every link is brought to one form, a *cable*: two ends on the panel, a and b. What goes from a to b
enters the panel at a's end and leaves it at b's. Between two computers that is so from the
beginning. A port that is plugged into a bridge is *spliced*: taken off the bridge, with a pair of
interfaces in its place, so that it too is one end of a cable whose other end is on the panel.

A direction that is impaired makes a *detour* through one more pair of interfaces, s and r: what
enters at s is cut into single packets with complete checksums (the nodes hand over pieces of
64 kB, checksums unfinished, for that is what makes a cable between them fast), and what comes
out at r is impaired on its way to the other end. The nodes are not touched.
"""

from __future__ import annotations

from netplay.structs import Frozen

# Ports count from 1000. What is made for one has its number, and a distance no other reaches:
# also a splice's near end, a port itself as far as detours go, has one.
_NEAR, _FAR, _SPLIT, _SINGLE = 100_000, 200_000, 300_000, 500_000


class Conditions(Frozen, kw_only=True):
    """What is wrong with one direction of a cable, in the model's words and units."""

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    rate: int = 0
    queue: int = 0

    def __str__(self) -> str:
        """As tc-netem(8) writes it, without the rate and its queue."""
        shares = ("loss", "duplicate", "reorder", "corrupt")
        words = [f"delay {self.delay * 1e3:g}ms"] if self.delay or self.jitter else []
        words += [f"{self.jitter * 1e3:g}ms"] if self.jitter else []
        words += [f"{name} {share * 100:g}%" for name in shares if (share := getattr(self, name))]
        return " ".join(words)


CLEAN = Conditions()


class End(Frozen):
    """An interface of the panel, by its name and number there."""

    name: str
    index: int


class Direction(Frozen):
    """One way through a cable: frames enter the panel at ``source`` and leave it at ``target``."""

    source: End
    target: End

    @property
    def split(self) -> End:
        """Where the detour begins: what is sent here is cut into single packets."""
        return End(f"s{self.source.index}", self.source.index + _SPLIT)

    @property
    def single(self) -> End:
        """Where the single packets come out."""
        return End(f"r{self.source.index}", self.source.index + _SINGLE)


class Splice(Frozen):
    """How a port that is plugged into a bridge is given a cable of its own.

    A pair of interfaces comes between it and the bridge.
    """

    port: End
    bridge: End

    @property
    def near(self) -> End:
        """What the port is joined with."""
        return End(f"x{self.port.index}", self.port.index + _NEAR)

    @property
    def far(self) -> End:
        """What is on the bridge instead of the port."""
        return End(f"y{self.port.index}", self.port.index + _FAR)

    def shell(self) -> str:
        near, far, port = self.near.name, self.far.name, self.port.name
        return (
            f"ip -n panel link add {near} type veth peer name {far}"
            f" && ip -n panel link set {far} master {self.bridge.name} up"
            f" && ip -n panel link set {near} up && {_join(near, port)} && {_join(port, near)}"
            f" && ip -n panel link set {port} nomaster"
        )


class Cable(Frozen, kw_only=True):
    """The two ends on the panel of one link; with a ``splice`` one of them is still to be made."""

    a: End
    b: End
    splice: Splice | None = None

    @property
    def ways(self) -> tuple[Direction, Direction]:
        """Forward and backward."""
        return Direction(self.a, self.b), Direction(self.b, self.a)

    @property
    def plugs(self) -> tuple[End, ...]:
        """The ends that a node or a trunk is plugged into: what a cut switches off."""
        near = self.splice.near if self.splice else None
        return tuple(end for end in (self.a, self.b) if end != near)


class Impair(Frozen, kw_only=True):
    """Impairs one link: ``forward`` what goes from a to b, ``backward`` what comes back.

    ``seed`` is the one that was asked for, ``seeds`` those of the two directions that follow
    from it; the same ones lose the same packets. Printed is the way of a kernel that has netem.
    """

    link: str
    cable: Cable
    forward: Conditions
    backward: Conditions
    seed: int
    seeds: tuple[int, int]
    node: str = ""  # the panel

    def shell(self) -> str:
        lines = [self.cable.splice.shell()] if self.cable.splice else []
        both = zip(self.cable.ways, (self.forward, self.backward), self.seeds, strict=True)
        lines += [_detour(*one) for one in both if one[1] != CLEAN]
        return " && ".join(lines)


def _join(port: str, to: str) -> str:
    """What enters at *port* goes to *to* from now on: one transaction."""
    chain = f"chain netdev panel {port}"
    hook = f'{{ type filter hook ingress device "{port}" priority 0; }}'
    rules = f'add {chain} {hook}; flush {chain}; add rule netdev panel {port} fwd to "{to}"'
    return f"ip netns exec panel nft 'add table netdev panel; {rules}'"


def _detour(way: Direction, conditions: Conditions, seed: int) -> str:
    s, r, target = way.split.name, way.single.name, way.target.name
    tc = f"ip netns exec panel tc qdisc replace dev {target}"
    netem = " ".join(f"netem {conditions} limit 100000 seed {seed}".split())
    lines = [
        f"ip -n panel link add {s} type veth peer name {r}",
        f"ip -n panel link set {r} up && ip -n panel link set {s} up",
        f"ip netns exec panel ethtool -K {s} tx off tso off",
        f"{tc} root handle 1: {netem}",
    ]
    if conditions.rate:
        limit = f" limit {conditions.queue}" if conditions.queue else ""
        lines.append(f"{tc} parent 1:1 handle 2: netem rate {conditions.rate}bit{limit}")
    lines += [_join(r, target), _join(way.source.name, s)]
    return " && ".join(lines)
