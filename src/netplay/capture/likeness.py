"""What makes two sightings one packet: its content, and what may happen to it on the way.

On the way a packet changes. Each router takes one off its TTL, NAT writes other addresses and
ports into it (and so other checksums), a translator even another version of IP. What does not
change is what it says: sequence numbers, flags, timestamps, payload, IPv4 identification.
So packets are filed under digests of that, in three grades:

exact       all of it
loose       only the identification, for a payload damaged on the way or rewritten
            by a helper (FTP's PORT command behind NAT)
translated  without identification, for a change between IPv4 and IPv6
"""

from __future__ import annotations

from collections.abc import Hashable

from netplay.capture.frame import Direction
from netplay.capture.packet import Packet
from netplay.capture.tcp import FIN, RST, SYN
from netplay.model import Address

Side = tuple[Address, int | None]

PATIENCE = 30 * 10**9  # ns that a packet may be under way between two points
_CHECKSUM_FREE = 6  # of a quoted UDP header: ports (NAT) and checksum change, the length stays
_TRANSLATED = 2


def sides(packet: Packet) -> tuple[Side, ...]:
    """Source and destination as (address, port); nothing for a packet without IP."""
    if packet.ip is None:
        return ()
    source, destination = packet.ports or (None, None)
    return (packet.ip.source, source), (packet.ip.destination, destination)


def possible(before: Packet, packet: Packet, grade: int) -> bool:
    """Whether *packet* can be *before* a moment later."""
    if packet.time_ns - before.time_ns > PATIENCE:
        return False
    if before.ip is None or packet.ip is None:
        return before.ip is packet.ip and _passes(before, packet)
    if packet.ip.ttl > before.ip.ttl or not _passes(before, packet):
        return False
    if grade == _TRANSLATED:
        return before.ip.version != packet.ip.version
    return grade == 0 or ends_in_common(before, packet) >= 2


def _passes(before: Packet, packet: Packet) -> bool:
    """Whether a node that sends *packet* may be passing it on rather than saying the same itself.

    A router takes one off the TTL; a bridge leaves the frame's sender in place.
    """
    if packet.direction is not Direction.OUT:
        return True
    if before.ip and packet.ip and packet.ip.ttl < before.ip.ttl:
        return True
    return bool(before.eth and packet.eth and before.eth.source == packet.eth.source)


def ends_in_common(before: Packet, packet: Packet) -> int:
    """How many of the two addresses and two ports are the same: 0 to 4."""
    pairs = zip(sides(before), sides(packet), strict=False)
    return sum((a[0] == b[0]) + (a[1] == b[1]) for a, b in pairs)


def keys_of(packet: Packet) -> tuple[Hashable | None, ...]:
    """What the packet is filed under: exact, loose, translated."""
    ip = packet.ip
    if ip is None:
        return hash(packet.frame.data), None, None
    content = _content(packet)
    identification = ip.identification or 0
    exact = (ip.version, ip.protocol, identification, ip.fragment_offset, content)
    loose: Hashable = None
    tcp = packet.tcp
    if identification:
        kind = tcp.flags & (SYN | FIN | RST) if tcp else 0
        loose = ("loose", ip.protocol, identification, ip.fragment_offset, kind)
    elif tcp:
        loose = ("loose", tcp.sequence, tcp.acknowledgment, tcp.flags, len(packet.payload))
    return exact, loose, ("translated", content)


def _content(packet: Packet) -> Hashable:
    """What no router changes, as something small that can be looked up."""
    tcp, message = packet.tcp, packet.icmp or packet.icmpv6
    if tcp:
        numbers = (tcp.sequence, tcp.acknowledgment, tcp.flags, tcp.timestamps)
        return "tcp", numbers, hash(bytes(packet.payload))
    if message and message.quoted:
        inner = message.quoted
        said = bytes(inner.payload[4:_CHECKSUM_FREE])
        return "icmp", message.reason, inner.ip.identification or 0, inner.ip.length, said
    if message:
        # The identifier is left out: NAT changes it as it changes ports.
        kind = "echo" if message.echo else message.reason
        return "icmp", kind, message.type in (0, 129), message.sequence, hash(bytes(packet.payload))
    return type(packet.transport).__name__, hash(bytes(packet.payload))
