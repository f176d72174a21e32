"""The patch panel: which port of the hidden namespace each endpoint is plugged into.

Every interface of a node is one end of a veth pair; the other end, the *port*, is on the
panel. A cable between two computers is two ports joined frame by frame; a switch is a bridge
with the ports of its neighbours. So a link can be cut, slowed or listened to without
anything being seen on the nodes, whatever is at its ends.

Numbers are given in the order of the topology: the same topology has the same panel.
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.cables import Cable, End, Splice
from netplay.model import Endpoint, Link, Role, Topology
from netplay.structs import Frozen

# The two ends of a veth pair must not have the same number: the kernel takes such a device for one
# that stands by itself and reports its carrier up to a second late (net/core/link_watch.c,
# linkwatch_urgent_event), and a bridge lets no frame through until then. So a node counts
# its interfaces from 10 (1 is the loopback, some kernels add fallback tunnels) and
# the panel its ports from far above.
_FIRST_INTERFACE = 10
_FIRST_INDEX = 1000


class Port(Frozen):
    """One end on the panel: its interface's name and number there.

    ``bridge`` is the number of the bridge it is plugged into, 0 if it is joined to another port.
    ``peer`` is what frames that leave this link's other end come out of: the other port.
    """

    name: str
    index: int
    bridge: int

    @property
    def end(self) -> End:
        """The port as an end of a cable."""
        return End(self.name, self.index)


class Panel(Frozen):
    """The whole panel of a topology, and the numbers of the nodes' interfaces."""

    interfaces: dict[Endpoint, int]
    bridges: dict[str, Port]  # by the name of the switch
    ports: dict[Endpoint, Port]  # by the endpoint that is plugged in; computers only
    trunks: dict[Link, tuple[Port, Port]]  # links between two switches: (a's port, b's port)

    def joined(self, link: Link) -> tuple[Port, Port] | None:
        """The two ports of a cable between computers; None if a switch is at one end."""
        if link.a in self.ports and link.b in self.ports:
            return self.ports[link.a], self.ports[link.b]
        return None

    def cable(self, link: Link) -> Cable:
        """The link as what can be impaired and cut: two ends, a's first.

        A port on a bridge has to be spliced before; of a trunk that is b's.
        """
        if (pair := self.joined(link)) is not None:
            return Cable(a=pair[0].end, b=pair[1].end)
        if link in self.trunks:
            _, b = self.trunks[link]
            splice = Splice(b.end, self.bridges[link.b.node].end)
            return Cable(a=splice.port, b=splice.near, splice=splice)
        if link.a in self.ports:
            splice = Splice(self.ports[link.a].end, self.bridges[link.b.node].end)
            return Cable(a=splice.port, b=splice.near, splice=splice)
        splice = Splice(self.ports[link.b].end, self.bridges[link.a.node].end)
        return Cable(a=splice.near, b=splice.port, splice=splice)


def panel(topology: Topology) -> Panel:
    """Numbers every bridge, port and trunk of *topology*."""
    numbers = _numbers()
    switches = {node.name for node in topology.nodes if node.role is Role.SWITCH}
    bridges = {}
    for name in sorted(switches):
        index = next(numbers)
        bridges[name] = Port(f"b{index}", index, 0)
    ports: dict[Endpoint, Port] = {}
    trunks: dict[Link, tuple[Port, Port]] = {}
    for link in topology.links:
        if link.a.node in switches and link.b.node in switches:
            trunks[link] = (
                _port(next(numbers), bridges[link.a.node].index),
                _port(next(numbers), bridges[link.b.node].index),
            )
            continue
        for end, other in ((link.a, link.b), (link.b, link.a)):
            if end.node not in switches:
                bridge = bridges[other.node].index if other.node in switches else 0
                ports[end] = _port(next(numbers), bridge)
    return Panel(_interfaces(topology), bridges, ports, trunks)


def _interfaces(topology: Topology) -> dict[Endpoint, int]:
    return {
        Endpoint(node.name, interface.name): _FIRST_INTERFACE + place
        for node in topology.computers
        for place, interface in enumerate(node.interfaces)
    }


def _port(index: int, bridge: int) -> Port:
    return Port(f"w{index}", index, bridge)


def _numbers() -> Iterator[int]:
    index = _FIRST_INDEX
    while True:
        yield index
        index += 1
