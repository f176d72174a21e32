"""The questions that a filter's primitives ask of one packet."""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import IPv4Network, IPv6Network

from netplay.capture import ethernet
from netplay.capture.filter_values import PROTOCOLS, Predicate
from netplay.capture.packet import Packet
from netplay.capture.tcp import TCP
from netplay.capture.udp import UDP
from netplay.model import Address, Network

PROTOCOL_WORDS = frozenset(
    {"ether", "link", "ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "icmp6", "igmp", "sctp",
     "ah", "esp", "pim", "vrrp", "stp"}
)  # fmt: skip
TYPES = frozenset({"host", "net", "port", "portrange", "proto"})
DIRECTIONS = frozenset({"src", "dst"})
SPECIAL = frozenset(
    {"less", "greater", "inbound", "outbound", "vlan", "broadcast", "multicast", "on", "ifname"}
)
WORDS = PROTOCOL_WORDS | TYPES | DIRECTIONS | SPECIAL | {"len", "and", "or", "not", "mask"}
# What stands before host, net or port, and which packets it leaves.
WAYS: dict[str, Callable[[bool, bool], bool]] = {
    "src": lambda source, target: source,
    "dst": lambda source, target: target,
    "src or dst": lambda source, target: source or target,
    "src and dst": lambda source, target: source and target,
}
ETHER_TYPES = {"ip": ethernet.IPV4, "ip6": ethernet.IPV6, "arp": ethernet.ARP, "rarp": 0x8035}


def always(packet: Packet) -> bool:
    """True."""
    return True


def protocol(word: str) -> Predicate:
    """``tcp``, ``ip6``, ``arp``: whether the packet is one."""
    if word in ETHER_TYPES:
        return ether_type(ETHER_TYPES[word])
    if word in ("ether", "link"):
        return lambda packet: packet.eth is not None
    if word == "stp":
        return lambda p: p.eth is not None and p.eth.destination == "01:80:c2:00:00:00"
    number = PROTOCOLS[word]
    version = {"icmp": 4, "icmp6": 6, "igmp": 4}.get(word)
    return ip_protocol(number, version)


def ether_type(number: int) -> Predicate:
    """``ether proto number``."""
    return lambda packet: packet.eth is not None and packet.eth.type == number


def ip_protocol(number: int, version: int | None) -> Predicate:
    """``proto number``, ``ip proto number``, ``ip6 proto number``."""

    def predicate(packet: Packet) -> bool:
        ip = packet.ip
        return ip is not None and ip.protocol == number and version in (None, ip.version)

    return predicate


def addresses(way: str, test: Callable[[Address], bool], families: Collection[str]) -> Predicate:
    """Whether the addresses that *way* looks at pass *test*; *families* of ip, ip6, arp."""
    choose = WAYS[way]

    def predicate(packet: Packet) -> bool:
        ip = packet.ip
        if ip is not None:
            if ("ip" if ip.version == 4 else "ip6") not in families:
                return False
            return choose(test(ip.source), test(ip.destination))
        arp = packet.arp
        if arp is None or "arp" not in families:
            return False
        return choose(test(arp.sender), test(arp.target))

    return predicate


def in_network(network: Network) -> Callable[[Address], bool]:
    """A test for membership; an address of the other family is simply not in it."""
    low, mask, version = int(network.network_address), int(network.netmask), network.version
    return lambda address: address.version == version and int(address) & mask == low


def is_one_of(known: Collection[Address]) -> Callable[[Address], bool]:
    """A test for being one of *known*."""
    found = frozenset(known)
    return lambda address: address in found


def macs(way: str, mac: str) -> Predicate:
    """``ether host``, ``ether src``, ``ether dst``."""
    choose = WAYS[way]
    return lambda packet: (
        packet.eth is not None and choose(packet.eth.source == mac, packet.eth.destination == mac)
    )


def ports(way: str, low: int, high: int, transport: str) -> Predicate:
    """Whether the ports that *way* looks at are from *low* to *high*; *transport* may be empty."""
    choose = WAYS[way]
    kinds = {"tcp": (TCP,), "udp": (UDP,)}.get(transport, (TCP, UDP))

    def predicate(packet: Packet) -> bool:
        found = packet.ports
        if found is None or not isinstance(packet.transport, kinds):
            return False
        return choose(low <= found[0] <= high, low <= found[1] <= high)

    return predicate


def vlan(number: int | None) -> Predicate:
    """``vlan`` or ``vlan number``, at any depth of tags."""
    if number is None:
        return lambda packet: bool(packet.vlans)
    return lambda packet: any(tag.id == number for tag in packet.vlans)


def broadcast(packet: Packet) -> bool:
    """``broadcast``: to everyone on the link."""
    return packet.eth is not None and packet.eth.destination == ethernet.BROADCAST


def multicast(packet: Packet) -> bool:
    """``multicast``: to a group on the link, everyone included."""
    header = packet.eth.header if packet.eth is not None else b""
    return bool(len(header) and header[0] & 1)


def ip_multicast(version: int) -> Predicate:
    """``ip multicast``, ``ip6 multicast``."""
    return lambda p: p.ip is not None and p.ip.version == version and p.ip.destination.is_multicast


def at_point(name: str) -> Predicate:
    """``on name``: recorded at that point, or at any of that node."""
    return lambda packet: name in (packet.point, packet.node)


def network(text: str) -> Network:
    """The network in *text*, or ValueError. IPv4 may be short: ``10.25`` is 10.25.0.0/16."""
    address, slash, bits = text.partition("/")
    if ":" in address:
        return IPv6Network(text if slash else f"{text}/128")
    parts = address.split(".")
    if not 1 <= len(parts) <= 4:
        raise ValueError(f"{text!r} is not a network")
    full = ".".join(parts + ["0"] * (4 - len(parts)))
    return IPv4Network(f"{full}/{bits if slash else 8 * len(parts)}")
