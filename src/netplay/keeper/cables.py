"""What is wrong with which cable: the requests `impair`, `faults`, `cut`, `mend` and `partition`.

The keeper sees no topology: a client names a link, says which ends on the panel it has, and the
name is only kept to be told back. Each direction is either led straight, from port to port, or over
a detour into the hands of a back end, netem or the wire. Which one is found out by trying, when the
first impairment is asked for. A cable that is clean again is laid as it was.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from netplay.cables import CLEAN, Cable, Conditions, Direction, End, Impair, Splice
from netplay.keeper.loop import Loop
from netplay.kernel import nftables
from netplay.kernel.network import Network
from netplay.kernel.plumbing import Plumbing
from netplay.kernel.qdisc import Netem
from netplay.kernel.wiring import Wire
from netplay.steps import PANEL
from netplay.structs import Struct, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Backend(Protocol):
        """What impairs: `Netem` or `Wire`."""

        name: str
        seeded: bool

        def verdict(self, way: Direction) -> str: ...
        def open(self, way: Direction, conditions: Conditions, seed: int) -> None: ...
        def change(self, way: Direction, conditions: Conditions, seed: int | None) -> None: ...
        def settle(self, way: Direction) -> None: ...
        def close(self, way: Direction) -> None: ...
        def counts(self, way: Direction) -> dict[str, int] | None: ...


_BREATH = 1.0  # seconds: a wire that has lived shorter is not replaced sooner


class _Way(Struct):
    direction: Direction
    conditions: Conditions = CLEAN
    backend: Backend | None = None  # None: straight


class _Link(Struct):
    cable: Cable
    ways: tuple[_Way, _Way]
    seed: int = 0
    seeds: tuple[int, int] = (0, 0)
    spliced: bool = False
    cuts: set[str] = field(default_factory=set)  # the nodes that are off, and "" for a cut

    @property
    def clean(self) -> bool:
        return not self.cuts and all(way.backend is None for way in self.ways)


class Cables:
    """All links that are not as they were laid."""

    def __init__(self, network: Network, loop: Loop) -> None:
        self._loop = loop
        self._plumbing = Plumbing(network.namespaces[PANEL])
        self._links: dict[str, _Link] = {}
        self._groups: list[list[str]] = []
        self._kernel: Netem | None = None
        self._tried = False
        self._wire = Wire()
        self._wire_started = 0.0

    # ------------------------------------------------------------ requests

    def impair(self, order: Impair, *, exactly: bool = False, reseed: bool = False) -> None:
        """Puts the conditions of *order* into force.

        *exactly*: the seed matters, so a back end that has none will not do. *reseed*: a
        link that is impaired already begins anew with this seed, else it keeps its own.
        """
        link = self._link(order.link, order.cable)
        wanted = (order.forward, order.backward)
        if reseed or all(way.backend is None for way in link.ways):
            link.seed, link.seeds = order.seed, order.seeds
        try:
            if any(conditions != CLEAN for conditions in wanted):
                self._splice(link)
            for way, conditions, seed in zip(link.ways, wanted, link.seeds, strict=True):
                if conditions != CLEAN:
                    self._set(way, conditions, seed, self._backend(exactly), reseed)
                elif way.backend is not None:
                    self._straighten(way)
        except OSError as error:
            raise OSError(f"{order.link} cannot be impaired: {error}") from error
        finally:
            self._tidy(order.link, link)

    def current(self, name: str, cable: Cable) -> tuple[Conditions, Conditions]:
        """What is wrong with the two directions of a link."""
        first, second = self._links[name].ways if name in self._links else map(_Way, cable.ways)
        return first.conditions, second.conditions

    def cut(self, name: str, cable: Cable, node: str = "") -> None:
        """Switches the ends of a link off: the nodes see the carrier go.

        With *node* because that is switched off; it counts apart from a cut that was asked for.
        """
        self._plumbing.switch(cable.plugs, on=False)
        self._link(name, cable).cuts.add(node)

    def mend(self, name: str, cable: Cable, node: str = "") -> None:
        """Switches them on again, unless there is another reason for the cut."""
        link = self._link(name, cable)
        link.cuts.discard(node)
        if not link.cuts:
            self._plumbing.switch(cable.plugs, on=True)
        self._tidy(name, link)

    def mend_for(self, node: str) -> None:
        """Mends every link that is cut because *node* is off."""
        for name, link in list(self._links.items()):
            if node in link.cuts:
                self.mend(name, link.cable, node)

    def partition(self, groups: list[list[str]], ruleset: str) -> None:
        """Loads the rules that keep *groups* apart in place of those before; none: joins all."""
        # nft(8): adding a table that is there is no error, so this deletes it in any case.
        nftables.load(f"add table {_APART}\ndelete table {_APART}\n{ruleset}")
        self._groups = groups

    def state(self) -> dict[str, Any]:
        """Everything that is wrong, by link, for `faults`."""
        links = {}
        for name, link in self._links.items():
            ways = [
                {
                    "conditions": vars(way.conditions),
                    "backend": way.backend.name if way.backend else None,
                    "counts": way.backend.counts(way.direction) if way.backend else None,
                }
                for way in link.ways
            ]
            links[name] = {
                "forward": ways[0],
                "backward": ways[1],
                "seed": link.seed,
                "cut": "" in link.cuts,
                "off": sorted(link.cuts - {""}),
            }
        return {"links": links, "partition": self._groups, "wire": self._wire.pid}

    def died(self, pid: int) -> None:
        """Some child has ended: if it was the wire, another takes its place."""
        if not self._wire.died(pid):
            return
        lived = time.monotonic() - self._wire_started
        self._loop.later(0.0 if lived > _BREATH else _BREATH, self._ensure_wire)

    # ------------------------------------------------------------ directions

    def _link(self, name: str, cable: Cable) -> _Link:
        first, second = map(_Way, cable.ways)
        return self._links.setdefault(name, _Link(cable, (first, second)))

    def _backend(self, exactly: bool) -> Backend:
        if not self._tried:
            self._kernel = Netem.attempt(self._plumbing.netlink)
            self._tried = True
        if self._kernel is not None and (self._kernel.seeded or not exactly):
            return self._kernel
        self._ensure_wire()
        return self._wire

    def _ensure_wire(self) -> None:
        if not self._wire.pid:
            self._wire_started = time.monotonic()
            self._wire.start()

    def _set(
        self, way: _Way, wanted: Conditions, seed: int, backend: Backend, reseed: bool
    ) -> None:
        if reseed and way.backend not in (None, backend):
            self._straighten(way)
        # With delay alone a piece of 64 kB may travel whole: ten times as much passes, and
        # nobody can tell the difference. All else is meant for single packets.
        single = wanted != Conditions(delay=wanted.delay)
        if way.backend is None:
            self._bend(way, wanted, seed, backend, single)
        else:
            self._plumbing.cut_up(way.direction, single=single)
            way.backend.change(way.direction, wanted, seed if reseed else None)
        way.conditions = wanted

    def _bend(
        self, way: _Way, wanted: Conditions, seed: int, backend: Backend, single: bool
    ) -> None:
        """Leads a direction over a detour; whatever fails, it is straight as before."""
        plumbing, direction = self._plumbing, way.direction
        plumbing.make_detour(direction)
        try:
            plumbing.cut_up(direction, single=single)
            backend.open(direction, wanted, seed)
            try:
                plumbing.detour(direction, backend.verdict(direction))
            except OSError:
                backend.close(direction)
                raise
        except OSError:
            plumbing.drop_pair(direction)
            raise
        way.backend = backend

    def _straighten(self, way: _Way) -> None:
        assert way.backend is not None
        direction = way.direction
        # In this order nothing is lost, and nothing overtakes what was there before it.
        way.backend.settle(direction)
        self._plumbing.end_detour(direction)
        way.backend.close(direction)
        self._plumbing.remove_detour(direction)
        way.backend, way.conditions = None, CLEAN

    def _splice(self, link: _Link) -> None:
        if link.cable.splice is not None and not link.spliced:
            self._plumbing.splice(link.cable.splice)
            link.spliced = True

    def _tidy(self, name: str, link: _Link) -> None:
        """Lays a cable that nothing is wrong with as it was, and forgets it."""
        if link.spliced and all(way.backend is None for way in link.ways):
            assert link.cable.splice is not None
            self._plumbing.unsplice(link.cable.splice)
            link.spliced = False
        if link.clean:
            self._links.pop(name, None)


_APART = "netdev partition"


# ---------------------------------------------------------------- what a client sends


def cable_of(message: Mapping[str, Any]) -> Cable:
    """The cable that a request is about; ends are written [name, number]."""
    splice = message["splice"]
    return Cable(
        a=_end(message["a"]),
        b=_end(message["b"]),
        splice=Splice(_end(splice["port"]), _end(splice["bridge"])) if splice else None,
    )


def _end(pair: Sequence[Any]) -> End:
    return End(str(pair[0]), int(pair[1]))


def changed(base: Conditions, changes: Mapping[str, Any]) -> Conditions:
    """*base* with what a request says in its place."""
    return base.replaced(**changes)
