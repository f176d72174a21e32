"""Which nodes a ladder shows, and in which order: as the packets passed them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netplay.capture.flows import flow_of
from netplay.capture.frame import Direction
from netplay.capture.journeys import Journey
from netplay.capture.names import Lane, lanes_of
from netplay.capture.packet import Packet
from netplay.model import Address, Topology


def lanes_for(topology: Topology, journeys: Sequence[Journey]) -> tuple[Lane, ...]:
    """The columns for *journeys*, the first sender on the left.

    A node that only overheard something (a broadcast, or a frame that a switch sent everywhere) has
    none, as long as there is anything else to show. Who was addressed has one in any case.
    """
    owner = {a: node.name for node in reversed(topology.computers) for a in node.addresses}
    macs = {i.mac for node in topology.computers for i in node.interfaces}
    paths = [_path(journey, macs, topology) for journey in journeys]
    if not any(len(path) > 1 for path in paths):
        paths = [_everyone(journey) for journey in journeys]
    order: list[str] = []
    # The longest way is the skeleton; of equal ones the first, and rather that of a question
    # between programs than that of an answer to ARP.
    flows = [flow_of(journey.first) is not None for journey in journeys]
    ranks = sorted(range(len(paths)), key=lambda n: (-len(paths[n]), not flows[n]))
    for number in ranks:
        _weave(order, paths[number])
    for journey in journeys:
        goal = _goal(journey.last, owner)
        if goal is not None and journey.first.node in order and goal not in order:
            order.append(goal)
    return lanes_of(topology, order)


def _path(journey: Journey, macs: set[str], topology: Topology) -> list[str]:
    """The nodes that a packet passed, in order; those that only overheard it are left out."""
    found: list[str] = []
    for packet in journey.sightings:
        target = packet.eth.destination if packet.eth else ""
        if packet.direction is Direction.IN and target in macs:
            node = topology[packet.node]
            if all(target != interface.mac for interface in node.interfaces):
                continue
        elif packet.direction is Direction.IN and packet.eth and packet.eth.header[0] & 1:
            continue
        if packet.node not in found:
            found.append(packet.node)
    return found


def _everyone(journey: Journey) -> list[str]:
    return list(dict.fromkeys(packet.node for packet in journey.sightings))


def _goal(packet: Packet, owner: dict[Address, str]) -> str | None:
    if packet.arp is not None:
        return owner.get(packet.arp.target)
    return owner.get(packet.ip.destination) if packet.ip else None


def _weave(order: list[str], path: Iterable[str]) -> None:
    """Puts the nodes of *path* that are missing from *order* beside their neighbours on it."""
    path = list(path)
    known = [order.index(node) for node in path if node in order]
    if known != sorted(known):
        path.reverse()
    for place, node in enumerate(path):
        if node in order:
            continue
        before = [order.index(n) for n in path[:place] if n in order]
        after = [order.index(n) for n in path[place + 1 :] if n in order]
        order.insert(before[-1] + 1 if before else after[0] if after else len(order), node)
