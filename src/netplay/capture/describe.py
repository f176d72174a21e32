"""A packet in words: who, to whom, which protocol, and one line about it.

Everything here is fit for a terminal: whatever came from the network has been escaped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netplay.capture.application import recognise
from netplay.capture.ip import IP, PROTOCOL_NAMES
from netplay.capture.layers import Layers
from netplay.capture.tcp import TCP
from netplay.model import Address

Naming = Callable[[Address], str]


@dataclass(frozen=True, slots=True)
class Description:
    """The parts of a line: ``h1:40000``, ``www:80``, ``HTTP``, ``GET / HTTP/1.1``."""

    source: str
    destination: str
    protocol: str
    info: str


def describe(layers: Layers, name: Naming = str) -> Description:
    """The words for a packet; *name* says how addresses are written."""
    source, destination = ends(layers, name)
    protocol, info = _about(layers, name)
    if layers.vlans:
        info += f" (VLAN {', '.join(str(tag.id) for tag in layers.vlans)})"
    return Description(source, destination, protocol, info)


def end(address: str, port: int | None) -> str:
    """An address or name with a port, as RFC 3986 §3.2.2 brackets it: ``[2001:db8::1]:80``."""
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def ends(layers: Layers, name: Naming = str) -> tuple[str, str]:
    """Source and destination, the best that is known: address and port, address, or MAC."""
    ip = layers.ip
    if ip is not None:
        source, destination = layers.ports or (None, None)
        return end(name(ip.source), source), end(name(ip.destination), destination)
    if layers.arp is not None and layers.eth is not None:
        return name(layers.arp.sender), layers.eth.destination
    if layers.eth is not None:
        return layers.eth.source, layers.eth.destination
    return "", ""


def _about(layers: Layers, name: Naming) -> tuple[str, str]:
    if layers.arp is not None:
        return "ARP", layers.arp.info(name)
    if layers.ip is not None:
        return _about_ip(layers, layers.ip, name)
    size = len(layers.payload)
    if layers.eth is None:
        return "?", f"{size} bytes"
    # IEEE 802.1D §7.12.3: bridges talk to each other at this address.
    if layers.eth.type <= 1500 and layers.eth.destination == "01:80:c2:00:00:00":
        return "STP", "spanning tree"
    return layers.eth.type_name, f"{size} bytes"


def _about_ip(layers: Layers, ip: IP, name: Naming) -> tuple[str, str]:
    message = layers.icmp or layers.icmpv6
    if message is not None:
        return ("ICMP" if message.version == 4 else "ICMPv6"), message.info(name)
    size = len(layers.payload)
    protocol = PROTOCOL_NAMES.get(ip.protocol, f"IP {ip.protocol}")
    if ip.fragment_offset:
        last = "" if ip.more_fragments else ", the last"
        return protocol, f"fragment at {ip.fragment_offset}{last}, {size} bytes"
    if layers.ports is None:
        return protocol, f"{size} bytes"
    is_tcp = isinstance(layers.transport, TCP)
    found = recognise(is_tcp, *layers.ports, layers.payload)
    if found:
        return found.protocol, found.info
    if isinstance(layers.transport, TCP):
        return protocol, layers.transport.info(size)
    return protocol, f"{size} bytes"
