"""The packets of one command, out of all that cross a lab while it runs.

A packet does not say which process sent it, and a connection may live shorter than a look at
/proc takes. So we go by conversations. A command's are those that its node begins while it runs,
and those that come in at a port where nobody listened before. Not its own are connections that
were there already, and what daemons of the node answer. With them come the ICMP errors about
them and the questions for MAC addresses that their packets had to wait for; a neighbour that is
only asked whether it is still there (RFC 4861 §7.3.3) is asked by unicast, and is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from netplay.capture.flows import Conversation, conversations_of
from netplay.capture.frame import Direction
from netplay.capture.icmp import ICMP
from netplay.capture.journeys import Journey
from netplay.capture.ladder import Ladder
from netplay.capture.packet import Packet
from netplay.capture.tcp_state import State
from netplay.lab.capturing import Capture
from netplay.lab.tapping import LOOPBACK
from netplay.model import Address

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

_PATIENCE = 0.5  # seconds for connections to close after the command has ended
_OVER = (State.CLOSED, State.RESET, State.REFUSED, State.NONE)
_SOLICITATION, _ADVERTISEMENT = 135, 136  # RFC 4861 §4.3, §4.4


class Trace:
    """What a command does on the wire: ``with lab.trace("h1") as trace:``, then ``journeys``."""

    def __init__(self, lab: Lab, node: str) -> None:
        self.node = lab[node].name
        self._lab = lab
        ends = [str(end) for link in lab.topology.links for end in (link.a, link.b)]
        # Every link, and of the loopbacks only the command's.
        self.capture: Capture = lab.capture(*ends, f"{node}:{LOOPBACK}")
        self._taken: frozenset[tuple[str, int]] = frozenset()

    def __enter__(self) -> Trace:
        listeners = self._lab[self.node].listening()
        self._taken = frozenset((each.transport, each.port) for each in listeners)
        self.capture.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._let_close()
        finally:
            self.capture.stop()

    def _let_close(self) -> None:
        """The kernel says goodbye after a process has ended; across a slow link that takes time."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = conversations_of(self.journeys)
            if all(each.state in _OVER for each in found):
                return

    @property
    def journeys(self) -> tuple[Journey, ...]:
        """The packets of the command, in order, each with its whole way."""
        return of_command(self.capture.journeys, self.node, self._taken)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """Whom the command talked to."""
        return conversations_of(self.journeys)

    def picture(self, *, title: str = "", limit: int = 0) -> Ladder:
        """The ladder of the command's packets; its node is the first column."""
        return self.capture.picture(title=title, limit=limit, journeys=self.journeys)


def of_command(
    journeys: Sequence[Journey], node: str, taken: frozenset[tuple[str, int]]
) -> tuple[Journey, ...]:
    """Those of *journeys* that belong to a command on *node*.

    *taken* are the transports ("tcp") and ports on which somebody listened there before.
    """
    own = {
        id(segment.packet)
        for found in conversations_of(journeys)
        if _is_own(found, node, taken)
        for segment in found.segments
    }
    chosen = [journey for journey in journeys if id(journey.first) in own]
    packets = [packet for journey in chosen for packet in journey.sightings]
    flows = {_ends(packet) for packet in packets}
    nodes = {packet.node for packet in packets} | {node}
    asked = {mark for journey in journeys if (mark := _asks(journey.first, nodes))}
    return tuple(
        journey
        for journey in journeys
        if id(journey.first) in own
        or _is_about(journey, flows)
        or _asks(journey.first, nodes) is not None
        or _answers(journey.first) in asked
    )


def _is_own(found: Conversation, node: str, taken: frozenset[tuple[str, int]]) -> bool:
    first = found.segments[0].packet
    transport = found.protocol.lower()
    if first.tcp is not None and not first.tcp.syn:
        return False  # it was there before
    if first.node == node and (first.direction is Direction.OUT or _on_loopback(first)):
        return _on_loopback(first) or (transport, found.client.port) not in taken
    goals = {segment.packet.node for segment in found.segments if not segment.from_client}
    return node in goals and (transport, found.server.port) not in taken


def _on_loopback(packet: Packet) -> bool:
    return packet.point.endswith(f":{LOOPBACK}")


def _ends(packet: Packet) -> tuple[object, ...]:
    ip = packet.ip
    return (ip.source, ip.destination, packet.ports) if ip else ()


def _is_about(journey: Journey, flows: Iterable[tuple[object, ...]]) -> bool:
    """Whether this is an ICMP error about one of *flows*, or a later fragment of one."""
    first = journey.first
    message = first.icmp or first.icmpv6
    if message is not None and message.error and message.quoted is not None:
        ip = message.quoted.ip
        return (ip.source, ip.destination, message.quoted.ports) in flows
    if first.ip is not None and first.ip.fragmented and first.transport is None:
        pair = (first.ip.source, first.ip.destination)
        return any(flow[:2] == pair for flow in flows)
    return False


def _asks(packet: Packet, nodes: Iterable[str]) -> Address | None:
    """The address whose MAC address one of *nodes* asks everybody for."""
    if packet.node not in nodes or packet.direction is not Direction.OUT or not _to_many(packet):
        return None
    if packet.arp is not None:
        return packet.arp.target if packet.arp.sender != packet.arp.target else None
    message = _discovery(packet, _SOLICITATION)
    # RFC 4862 §5.4.2: without a source it asks whether its own new address is taken.
    if message is None or packet.ip is None or packet.ip.source.is_unspecified:
        return None
    return message.target


def _answers(packet: Packet) -> Address | None:
    """The address whose MAC address *packet* tells the one who asked."""
    if packet.arp is not None:
        return None if _to_many(packet) else packet.arp.sender
    message = _discovery(packet, _ADVERTISEMENT)
    return message.target if message else None


def _discovery(packet: Packet, kind: int) -> ICMP | None:
    message = packet.icmpv6
    return message if message is not None and message.type == kind else None


def _to_many(packet: Packet) -> bool:
    return bool(packet.eth and packet.eth.header and packet.eth.header[0] & 1)
