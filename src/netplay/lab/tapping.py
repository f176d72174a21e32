"""Packet sockets for the places that a person names: on the patch panel, and nodes' loopbacks.

    (nothing)       every link                h1:eth1         the link that is plugged in there
    h1              every link of h1          h1:lo           h1's loopback
    lan (a switch)  every link to it          "h1 lan"        the link between them

A port of the panel hears what its node sends as incoming. A few ports get a socket each, and do
not suffer from what passes elsewhere. For many, one socket hears the whole panel: each costs
memory that the kernel shares with us, and closing one waits for all processors.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from netplay.capture.frame import Point
from netplay.capture.names import points_of
from netplay.capture.sources import Source
from netplay.errors import LabError, suggestion
from netplay.lab.links import choose
from netplay.model import Endpoint, Role, Topology
from netplay.plan.panel import panel

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

LOOPBACK = "lo"
_ETH_P_ALL = 3  # <linux/if_ether.h>
_FEW = 4  # ports with a socket each
# What the keeper is asked for: a socket on the panel that hears all of it.
WHOLE_PANEL = {
    "node": "",
    "family": int(socket.AF_PACKET),
    "type": int(socket.SOCK_RAW),
    "protocol": socket.htons(_ETH_P_ALL),
}


def points_at(topology: Topology, where: Sequence[str]) -> tuple[Point, ...]:
    """The capture points that *where* names, all links if it is empty; LabError for a wrong one."""
    known = {point.name: point for point in points_of(topology, mirrored=True)}
    if not where:
        return tuple(known.values())
    found: dict[str, Point] = {}
    for place in where:
        for name in _names(topology, place):
            node, _, interface = name.partition(":")
            if interface == LOOPBACK:
                found[name] = Point(name=name, description=f"the loopback of {node}")
            elif name in known:
                found[name] = known[name]
    if not found:
        raise LabError(f"no machine is at '{' '.join(where)}', so nothing can be recorded there")
    return tuple(found.values())


def divided(topology: Topology, words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Words of a command line as places and a filter, which begins where a word names no place.

    Two places that are neighbours are the link between them, as everywhere on the command line.
    """
    nodes = {node.name for node in topology.nodes}
    where: list[str] = []
    rest = list(words)
    while rest and all(part.partition(":")[0] in nodes for part in rest[0].split()):
        where.append(rest.pop(0))
    if len(where) == 2:
        # Names that are no neighbours stand for themselves.
        with suppress(LabError):
            link = " ".join(where)
            choose(topology, link)
            return (link,), " ".join(rest)
    return tuple(where), " ".join(rest)


def _names(topology: Topology, place: str) -> list[str]:
    if " " in place.strip() or ">" in place:
        link = choose(topology, place).link
        return [str(link.a), str(link.b)]
    name, colon, interface = place.partition(":")
    nodes = {node.name: node for node in topology.nodes}
    if name not in nodes:
        raise LabError(f"there is no '{name}' in this lab{suggestion(name, nodes)}")
    if colon:
        if interface == LOOPBACK and nodes[name].role is not Role.SWITCH:
            return [place]
        link = choose(topology, place).link
        return [place] if nodes[name].role is not Role.SWITCH else [str(link.a), str(link.b)]
    if nodes[name].role is Role.SWITCH:
        ends = [(k.a, k.b) for k in topology.links if name in (k.a.node, k.b.node)]
        return [str(end) for both in ends for end in both]
    return [str(Endpoint(name, each.name)) for each in nodes[name].interfaces]


def whole_panel(topology: Topology, descriptor: int) -> Source:
    """A socket that the keeper has opened as `WHOLE_PANEL`, as the source of every link."""
    return Source(_adopt(descriptor), points=_ports(topology, points_of(topology, mirrored=True)))


def open_sources(lab: Lab, where: Sequence[str] = ()) -> tuple[Source, ...]:
    """Open sockets for *where*; the caller closes them. LabError says what is wrong with it."""
    points = points_at(lab.topology, where)
    links = [point for point in points if not point.name.endswith(f":{LOOPBACK}")]
    ports = _ports(lab.topology, links)
    found: list[Source] = []
    try:
        if len(ports) > _FEW:
            found.append(Source(_adopt(_ask(lab, WHOLE_PANEL)), points=ports))
        else:
            found += [Source(_bound(lab, "", port), point) for port, point in ports.items()]
        for point in points:
            node, _, interface = point.name.partition(":")
            if point not in links:
                found.append(Source(_bound(lab, node, interface), point))
    except BaseException:
        close(found)
        raise
    return tuple(found)


def close(sources: Sequence[Source]) -> None:
    """Closes the sockets."""
    for source in sources:
        source.socket.close()


def _ports(topology: Topology, points: Sequence[Point]) -> dict[str, Point]:
    """The points by the name of the port on the panel."""
    board = {str(end): port.name for end, port in panel(topology).ports.items()}
    return {board[point.name]: point for point in points}


def _bound(lab: Lab, node: str, interface: str) -> socket.socket:
    # Without a protocol it hears nothing yet, so nothing of other interfaces lies in it.
    found = _adopt(_ask(lab, {**WHOLE_PANEL, "node": node, "protocol": 0}))
    try:
        found.bind((interface, _ETH_P_ALL))
    except BaseException:
        found.close()
        raise
    return found


def _ask(lab: Lab, request: dict[str, Any]) -> int:
    _, descriptors = lab.ask({"op": "socket", **request})
    return descriptors[0]


def _adopt(descriptor: int) -> socket.socket:
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0, fileno=descriptor)
    found.setblocking(False)
    return found
