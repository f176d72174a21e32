"""Conversations: what two programs say to each other, in both directions.

Packets of one point are grouped by protocol, addresses and ports. Journeys are grouped too,
which is harder: behind NAT the same connection has other addresses at other points, and
behind two modems there may be the same address twice. But at any one point an address and
port mean one thing, and a journey ties its points together; so the pairs (point, ends)
that journeys have in common are joined until nothing is left to join.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netplay.capture.describe import end
from netplay.capture.journeys import Journey
from netplay.capture.likeness import Side, sides
from netplay.capture.packet import Packet
from netplay.capture.tcp_state import Segment, State, Tracker
from netplay.model import Address

Flow = tuple[str, int, tuple[Side, Side]]  # point, protocol, both ends in a fixed order


@dataclass(frozen=True, slots=True)
class Peer:
    """One end of a conversation; ``port`` is None for ICMP."""

    address: Address
    port: int | None

    def __str__(self) -> str:
        return end(str(self.address), self.port)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A TCP connection, a UDP exchange or a ping. The client is who began.

    Behind NAT, ``client`` is as the client sees itself and ``server`` as the client sees it.
    """

    protocol: str
    client: Peer
    server: Peer
    segments: tuple[Segment, ...]
    state: State = State.NONE

    @property
    def start(self) -> float:
        """When its first packet was seen, in seconds since 1970."""
        return self.segments[0].packet.time

    @property
    def duration(self) -> float:
        """Seconds from its first packet to its last."""
        return (self.segments[-1].packet.time_ns - self.segments[0].packet.time_ns) / 1e9

    def data(self, from_client: bool) -> bytes:
        """What one side said, in order and each byte once; a lost part is missing."""
        parts = [s for s in self.segments if s.from_client is from_client and s.length]
        if self.state is State.NONE:
            return b"".join(bytes(part.packet.payload) for part in parts)
        said, reached = [], 1
        for part in sorted(parts, key=lambda part: part.sequence or 0):
            begin = max(part.sequence or 0, 1)
            new = bytes(part.packet.payload)[max(reached - begin, 0) :]
            if new:
                said.append(new)
                reached = max(reached, begin) + len(new)
        return b"".join(said)

    def size(self, from_client: bool) -> int:
        """How many bytes of payload one side sent, retransmissions counted again."""
        return sum(s.length for s in self.segments if s.from_client is from_client)


def flow_of(packet: Packet) -> Flow | None:
    """Where and between whom *packet* goes, the same for both directions.

    None for a packet that is no part of a conversation: ARP, ICMP errors, later fragments.
    """
    ip, message = packet.ip, packet.icmp or packet.icmpv6
    if ip is None or packet.transport is None or (message and not message.echo):
        return None
    one, other = sides(packet)
    if message:
        one, other = (one[0], message.identifier), (other[0], message.identifier)
    ordered = (one, other) if _rank(one) <= _rank(other) else (other, one)
    return packet.point, ip.protocol, ordered


def _rank(side: Side) -> tuple[int, int, int]:
    return side[0].version, int(side[0]), side[1] or 0


def conversations(packets: Iterable[Packet]) -> tuple[Conversation, ...]:
    """The conversations of *packets*, each seen at one point, by the time they began."""
    loom = _Loom()
    for packet in sorted(packets, key=lambda packet: packet.time_ns):
        flow = flow_of(packet)
        if flow is not None:
            loom.add(flow, packet)
    return loom.finish()


def conversations_of(journeys: Iterable[Journey]) -> tuple[Conversation, ...]:
    """The conversations of *journeys*, each packet as its sender sent it."""
    found = [(journey, [f for p in journey.sightings if (f := flow_of(p))]) for journey in journeys]
    groups, loom = _Groups(), _Loom()
    for _, flows in found:
        groups.join(flows)
    senders: dict[Flow, Side] = {}  # who the client is, as seen at a point
    for journey, flows in found:
        if flows and journey.duplicate_of is None:
            key = groups.of(flows[0])
            client = _is_client(journey, senders, new=key not in loom)
            loom.add(key, journey.first, client)
    return loom.finish()


def _is_client(journey: Journey, senders: dict[Flow, Side], new: bool) -> bool:
    """Whether the client sent *journey*; remembers for all its points how that looks."""
    seen = [(flow, sides(p)) for p in journey.sightings if (flow := flow_of(p))]
    known = next(((flow, ends) for flow, ends in seen if flow in senders), None)
    client = True if new or known is None else senders[known[0]] == known[1][0]
    for flow, ends in seen:
        if new or flow not in senders:
            senders[flow] = ends[0] if client else ends[1]
    return client


class _Thread:
    """A conversation that may go on."""

    def __init__(self, packet: Packet, flipped: bool) -> None:
        self.sender = sides(packet)[0]
        self.tracker = Tracker() if packet.tcp else None
        self.segments: list[Segment] = []
        self._flipped = flipped  # the server of the connection before began this one

    def from_client(self, packet: Packet, client: bool | None) -> bool:
        """Who sent *packet*; *client* says so for the thread that was the first on these ports."""
        return sides(packet)[0] == self.sender if client is None else client ^ self._flipped

    def add(self, packet: Packet, from_client: bool) -> None:
        if self.tracker:
            self.segments.append(self.tracker.feed(packet, from_client))
        else:
            self.segments.append(Segment(packet, from_client, len(packet.payload)))

    def finish(self) -> Conversation:
        first = self.segments[0].packet
        ends = [Peer(*side) for side in sides(first)]
        name = type(first.transport).__name__
        state = self.tracker.state if self.tracker else State.NONE
        return Conversation(name, ends[0], ends[1], tuple(self.segments), state)


class _Loom:
    """Threads by their key; a new connection on the same ports begins another thread."""

    def __init__(self) -> None:
        self.threads: list[_Thread] = []
        self._current: dict[object, _Thread] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._current

    def add(self, key: object, packet: Packet, client: bool | None = None) -> None:
        thread, tcp = self._current.get(key), packet.tcp
        if thread and tcp and thread.tracker:
            anew = thread.tracker.begins_anew(tcp, thread.from_client(packet, client))
            thread = None if anew else thread
        if thread is None:
            thread = self._current[key] = _Thread(packet, client is False)
            self.threads.append(thread)
        thread.add(packet, thread.from_client(packet, client))

    def finish(self) -> tuple[Conversation, ...]:
        return tuple(thread.finish() for thread in self.threads)


class _Groups:
    """Flows joined into sets (union-find with path halving)."""

    def __init__(self) -> None:
        self._parent: dict[Flow, Flow] = {}

    def of(self, flow: Flow) -> Flow:
        """The flow that stands for all those joined with *flow*."""
        parent = self._parent
        parent.setdefault(flow, flow)
        while parent[flow] != flow:
            parent[flow] = parent[parent[flow]]
            flow = parent[flow]
        return flow

    def join(self, flows: list[Flow]) -> None:
        """Make one set of the sets of *flows*."""
        for flow in flows:
            self._parent[self.of(flow)] = self.of(flows[0])
