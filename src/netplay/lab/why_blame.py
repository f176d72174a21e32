"""Where a packet ended, and whose fault that is: the packets say where, the nodes say why.

The furthest of the packets that were sent is followed to the place where it was last seen. It
went out and came in nowhere: the cable, or nobody had its address. It came in at a node that
it was not for: that node's routes, neighbours and filters. It came in where it should: who
listens there, and what became of the answer, which is followed in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address

from netplay.capture.frame import Direction
from netplay.capture.icmp import ICMP
from netplay.capture.journeys import Journey
from netplay.capture.likeness import sides
from netplay.capture.packet import Packet
from netplay.lab.why_facts import Facts
from netplay.model import Address, Endpoint
from netplay.structs import Frozen

# What a router answers when ARP or neighbour discovery had no answer.
_NOT_FOUND = ("host unreachable", "address unreachable")
_CIRCLING = 10  # sightings at one node: a packet sent twice, and through it, has four


class Blame(Frozen):
    """A ``cause`` for programs, the ``node`` it is at, and a sentence without its full stop."""

    cause: str
    node: str
    sentence: str


def furthest(journeys: Sequence[Journey], facts: Facts) -> tuple[Packet, ...]:
    """The sightings of the packet that came furthest, the latest of equal ones."""
    ways = [_meant(journey, facts) for journey in journeys]
    return max(reversed(ways), key=len, default=())


def _meant(journey: Journey, facts: Facts) -> tuple[Packet, ...]:
    """The sightings without those by nodes that the frame was not for."""
    return tuple(
        packet
        for packet in journey.sightings
        if packet.direction is Direction.OUT
        or packet.eth is None
        or packet.point.endswith(":lo")
        or facts.is_for(packet.node, packet.eth.destination)
    )


class Judge:
    """Knows all journeys of the attempt."""

    def __init__(self, journeys: Sequence[Journey], facts: Facts) -> None:
        self._journeys, self._facts = journeys, facts

    def unsent(self, node: str, target: Address) -> Blame:
        """Why *node* sends nothing at all to *target*."""
        return self._stuck(node, target) or self._filtered(node, "does not send it")

    def ended(self, way: Sequence[Packet]) -> Blame | None:
        """Why a packet ended where *way* ends; None if it arrived at its destination."""
        last = way[-1]
        assert last.ip is not None
        target = last.ip.destination
        if last.direction is Direction.OUT and not last.point.endswith(":lo"):
            return self._on_the_wire(last)
        if target in self._facts.topology[last.node].addresses or target.is_loopback:
            return None
        if (loop := self._loop(last)) is not None:
            return loop
        version = target.version
        stuck = self._stuck(last.node, target)
        if stuck is not None:
            return stuck
        if not self._facts.forwards(last.node, version):
            sentence = f"{last.node} does not forward packets (IPv{version} forwarding is off)"
            return Blame("forwarding", last.node, sentence)
        return self._filtered(last.node, "drops it", self._complaint(last))

    def answered(self, last: Packet) -> Blame | None:
        """Why the packet that arrived as *last* had no good answer; None if that got back."""
        assert last.ip is not None
        node, source = last.node, last.ip.source
        back = [j for j in self._journeys if j.first.node == node and _is_reply(j.first, last)]
        if not back:
            complaint = self._complaint(last)
            if complaint is not None:
                return self._refused(last, complaint.reason)
            if (stuck := self._stuck(node, source)) is not None:
                sentence = f"the answer does not leave {node}: {stuck.sentence}"
                return Blame(stuck.cause, stuck.node, sentence)
            return self._deaf(last)
        if any(j.first.tcp is not None and j.first.tcp.rst for j in back):
            return self._refused(last, "")
        way = furthest(back, self._facts)
        blame = self.ended(way)
        if blame is None:
            return None
        return Blame(blame.cause, blame.node, f"the answer of {node} is lost: {blame.sentence}")

    def _refused(self, last: Packet, reason: str) -> Blame:
        """Somebody at the destination says no, with a reset or an ICMP error."""
        facts, node = self._facts, last.node
        transport, port = _service(last)
        found = facts.listening(node, transport, port)
        where = f"{port}/{transport}"
        assert last.ip is not None
        if _hears(found, last.ip.destination):
            how = f"ICMP '{reason}'" if reason else "a reset"
            return self._filtered(node, f"refuses {where} with {how}, though somebody listens")
        if reason and reason != "port unreachable":
            return self._filtered(node, f"refuses {where} with ICMP '{reason}'")
        if reason and transport == "tcp":
            return self._filtered(node, f"refuses {where} with ICMP '{reason}'")
        if found and all(address in ("127.0.0.1", "::1") for address in found):
            sentence = f"{node} listens on port {where} on its loopback only ({', '.join(found)})"
            return Blame("loopback", node, sentence)
        if found:
            others = ", ".join(found)
            sentence = f"{node} listens on port {where} on {others} only, not on"
            return Blame("address", node, f"{sentence} {last.ip.destination}")
        return Blame("listener", node, f"nobody listens on port {where} of {node}")

    def _deaf(self, last: Packet) -> Blame:
        """It arrived, and nothing came of it."""
        node = last.node
        transport, port = _service(last)
        found = self._facts.listening(node, transport, port)
        if transport == "udp" and found and not self._facts.rules(node):
            sentence = f"the program at port {port}/udp of {node} got it and does not answer"
            return Blame("unanswered", node, sentence)
        return self._filtered(node, "drops it on arrival")

    def _stuck(self, node: str, target: Address) -> Blame | None:
        """Routes, interfaces and neighbours: why *node* cannot send to *target*."""
        facts = self._facts
        way = facts.way(node, target)
        if way.trouble:
            # A route goes with its interface.
            if down := facts.down(node):
                return Blame("link", node, f"{way.trouble}, because {down}")
            return Blame("route", node, way.trouble)
        if way.device == "lo":
            return None
        if trouble := facts.link_trouble(node, way.device):
            return Blame("link", node, trouble)
        end, wanted = Endpoint(node, way.device), way.gateway or str(target)
        owner = facts.owner(ip_address(wanted), near=end)
        if owner is not None and facts.is_off(owner):
            return Blame("link", owner, f"{owner} is switched off")
        return self._neighbour(end, wanted)

    def _neighbour(self, end: Endpoint, wanted: str) -> Blame | None:
        """Whether the one that *end* would hand its packets to has told its MAC address."""
        asked = [j for j in self._journeys if _asks_for(j.first, end, wanted)]
        told = [j for j in self._journeys if _tells(j.first, wanted)]
        if not asked or any(str(end) in {p.point for p in journey.sightings} for journey in told):
            return None
        facts, what = self._facts, "ARP" if "." in wanted else "neighbour discovery"
        sentence = f"{end.node} asks for {wanted} on {end.interface} and nobody answers ({what})"
        address = ip_address(wanted)
        owner = facts.owner(address, near=end)
        if owner is None:
            return Blame("neighbour", end.node, f"{sentence}; no machine has this address")
        if trouble := facts.down(owner):
            return Blame("link", owner, f"{sentence}: {trouble}")
        if not facts.has(owner, address):
            return Blame("neighbour", owner, f"{sentence}: {owner} does not have it any more")
        if not any(p.node == owner for journey in asked for p in journey.sightings):
            known = facts.wire_trouble(end) or facts.partition_trouble()
            trouble = known or "the question does not reach it"
            return Blame("wire", end.node, f"{sentence}, for {trouble}")
        return Blame("neighbour", owner, f"{sentence}: {owner} gets the question and is silent")

    def _on_the_wire(self, last: Packet) -> Blame:
        """It left a node and came in nowhere."""
        facts = self._facts
        end = Endpoint(*last.point.split(":", 1))
        others = list(facts.beside(end))
        macs = {o: facts.topology[o.node].interface(o.interface).mac for o in others}
        target = last.eth.destination if last.eth else ""
        if target and target not in macs.values():
            sentence = (
                f"{end.node} sends to the MAC address {target}, which nobody on that link has:"
                " its neighbour table is wrong"
            )
            return Blame("neighbour", end.node, sentence)
        # One who only shares the link has nothing to do with it.
        others = [other for other in others if macs[other] == target] or others
        for other in others:
            if trouble := facts.link_trouble(other.node, other.interface):
                return Blame("link", other.node, trouble)
        names = ", ".join(other.node for other in others)
        trouble = facts.wire_trouble(end)
        if not trouble and last.ip and (apart := facts.partition_trouble()):
            sentence = f"what {end.node} sends to {last.ip.destination} is dropped: {apart}"
            return Blame("wire", end.node, sentence)
        trouble = trouble or "it is lost on the way"
        return Blame("wire", end.node, f"what {end.node} sends does not reach {names}: {trouble}")

    def _loop(self, last: Packet) -> Blame | None:
        """Nodes that hand packets like *last* to each other: dozens of times, down to TTL 1."""
        if last.ip is None:
            return None
        seen = Counter(
            packet.node
            for journey in self._journeys
            for packet in journey.sightings
            if packet.ip and packet.ports == last.ports
            if packet.ip.destination == last.ip.destination
        )
        circle = [node for node, count in seen.items() if count >= _CIRCLING]
        if not circle:
            return None
        sentence = f"packets go round between {' and '.join(circle)} until their TTL runs out"
        return Blame("loop", circle[0], sentence)

    def _complaint(self, last: Packet) -> ICMP | None:
        """The ICMP error that the node of *last* sent about it."""
        for journey in self._journeys:
            message = journey.first.icmp or journey.first.icmpv6
            if journey.first.node == last.node and message and message.error and message.quoted:
                ip = message.quoted.ip
                if last.ip and (ip.destination, message.quoted.ports) == (
                    last.ip.destination,
                    last.ports,
                ):
                    return message
        return None

    def _filtered(self, node: str, what: str, complaint: ICMP | None = None) -> Blame:
        rules = self._facts.rules(node)
        how = f" and answers '{complaint.reason}'" if complaint else ""
        rule = f"; its packet filter has '{rules[0]}'" if rules else ""
        if complaint and not rules and complaint.reason in _NOT_FOUND:
            sentence = f"{node} did not find the next machine on the way ('{complaint.reason}')"
            return Blame("neighbour", node, sentence)
        if not complaint and not rules:
            return Blame("unknown", node, f"{node} {what} and does not say why")
        return Blame("filter", node, f"{node} {what}{how}{rule}")


def _service(packet: Packet) -> tuple[str, int]:
    ports = packet.ports
    assert ports is not None
    return ("tcp" if packet.tcp else "udp"), ports[1]


def _hears(addresses: Sequence[str], target: Address) -> bool:
    """Whether a listener at one of *addresses* gets what is sent to *target*."""
    every = "0.0.0.0" if target.version == 4 else "::"
    return any(address in (every, "::", str(target)) for address in addresses)


def _is_reply(packet: Packet, to: Packet) -> bool:
    return sides(packet) == tuple(reversed(sides(to))) and bool(sides(packet))


def _asks_for(packet: Packet, end: Endpoint, wanted: str) -> bool:
    if packet.point != str(end):
        return False
    if packet.arp is not None:
        # An answer has a target, too: the one who asked.
        return packet.arp.operation == 1 and str(packet.arp.target) == wanted
    message = packet.icmpv6
    return message is not None and message.type == 135 and str(message.target) == wanted


def _tells(packet: Packet, wanted: str) -> bool:
    if packet.arp is not None:
        return packet.arp.operation == 2 and str(packet.arp.sender) == wanted
    message = packet.icmpv6
    return message is not None and message.type == 136 and str(message.target) == wanted
