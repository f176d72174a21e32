"""Which names lead to which addresses, and back: what follows from a topology alone.

The DNS service, the hosts files and everything that shows an address to a person use these two
tables, so that they cannot disagree. Names are in lower case, absolute, without the last dot.

A router has an address on every wire but one identity: its first address of each family, which
is all that its name leads to. The other way, every address leads to its owner's name, so that each
hop of a traceroute has one; an address that several nodes use leads nowhere, unless a record of the
topology says otherwise. Link-local addresses have no names: without an interface they lead
nowhere (RFC 4291 §2.5.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from types import MappingProxyType

from netplay.model import Address, Node, Role, Topology


def forward_names(topology: Topology) -> Mapping[str, tuple[Address, ...]]:
    """For every name its A and AAAA records, those of the topology's own list included."""
    found: dict[str, tuple[Address, ...]] = {}
    for node in topology.computers:
        for name in node.names:
            found[name.lower()] = identity(node)
    for record in topology.records:
        if record.type in ("A", "AAAA"):
            name = record.name.lower()
            addresses = (*found.get(name, ()), ip_address(record.value))
            found[name] = tuple(dict.fromkeys(addresses))
    return MappingProxyType({name: addresses for name, addresses in found.items() if addresses})


def reverse_names(topology: Topology) -> Mapping[Address, str]:
    """For every address its PTR record, those of the topology's own list included."""
    owners: dict[Address, list[str]] = {}
    for node in topology.computers:
        for address in _global(node):
            owners.setdefault(address, []).append(node.hostname.lower())
    found = {address: names[0] for address, names in owners.items() if len(names) == 1}
    for record in topology.records:
        if record.type == "PTR":
            for address in owners:
                if address.reverse_pointer == record.name.lower():
                    found[address] = record.value.rstrip(".").lower()
    return MappingProxyType(found)


def identity(node: Node) -> tuple[Address, ...]:
    """The addresses that *node*'s name leads to: all of a host, one per family of a router."""
    addresses = tuple(_global(node))
    return addresses if node.role is not Role.ROUTER else tuple(_firsts(addresses))


def _global(node: Node) -> Iterator[Address]:
    # IPv4's 169.254/16 is link-local too, and the only address that some devices have.
    return (a for a in node.addresses if a.version == 4 or not a.is_link_local)


def _firsts(addresses: tuple[Address, ...]) -> Iterator[Address]:
    seen: set[int] = set()
    for address in addresses:
        if address.version not in seen:
            seen.add(address.version)
            yield address
