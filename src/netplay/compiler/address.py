"""Addresses for the interfaces that were given none.

Every segment without a network gets one: a /24 out of 10.0.0.0/8, from 10.0.1.0 on, and a /64 out
of 2001:db8::/32, the prefix that RFC 3849 keeps for documentation. Routers count from 1, hosts
from 11, in the order of the file, so that ``.1`` is a gateway and the same file always gives the
same addresses. IPv6 repeats the decimal digits: 10.0.3.12 stands beside 2001:db8:0:3::12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_interface, ip_network

from netplay.compiler.cells import At, Problems
from netplay.compiler.raw import RawNode, RawTopology, is_link_local
from netplay.compiler.segment import Segment, segments
from netplay.model import Address, InterfaceAddress, Network, Role

# An `exec` line that gives addresses: its author wants no others.
_BY_HAND = (
    r"\bip\s+(-\S+\s+)*a(d|dr|ddr|ddress?)?\s+(add|a|replace|r)\b|\b(ifconfig|dhclient|udhcpc)\b"
)
_FIRST_HOST = 11


def configured_by_hand(node: RawNode) -> bool:
    """Whether the commands of *node* give it addresses."""
    return any(re.search(_BY_HAND, command) for command in node.config.commands)


def assign_addresses(raw: RawTopology, problems: Problems) -> None:
    """Give every interface that wants one an address of each family that the lab has."""
    for version, pool in ((4, raw.lab.ipv4), (6, raw.lab.ipv6)):
        given = [a for node in raw.nodes.values() for a in node.addresses if a.version == version]
        free = _Pool(pool, {a.network for a in given}) if pool else None
        for segment in segments(raw):
            if any(configured_by_hand(raw.nodes[end.node]) for end in segment.interfaces):
                continue
            _assign(raw, segment, version, free, problems)


def _assign(
    raw: RawTopology, segment: Segment, version: int, pool: _Pool | None, problems: Problems
) -> None:
    wanting = [end for end in segment.interfaces if end.wants_address and not end.has(version)]
    network = _common_network(segment, version)
    if network is None and pool is not None and wanting:
        network = pool.take(len(segment.interfaces))
        if network is None:
            problems.add(wanting[0].where, f"no network is left in {pool} for this link")
    if network is None:
        return
    taken = {
        at.value.ip
        for end in segment.interfaces
        for at in end.addresses
        if at.value.version == version
    }
    routers = [end for end in wanting if raw.nodes[end.node].role is Role.ROUTER]
    hosts = [end for end in wanting if raw.nodes[end.node].role is not Role.ROUTER]
    first = _FIRST_HOST if network.num_addresses >= 64 else 1
    # RFC 3021, RFC 6164: where there are but two addresses, the first is one like the other.
    last_resort = 0 if network.num_addresses == 2 else 1
    for ends, start in ((routers, 1), (hosts, max(first, len(routers) + 1))):
        free = _addresses(network, start, taken)
        for end in ends:
            address = next(free, None) or next(_addresses(network, last_resort, taken), None)
            if address is None:
                problems.add(
                    end.where, f"no address is left in {network} for {end.node}:{end.name}"
                )
                return
            taken.add(address.ip)
            end.addresses.append(At(address, end.where))


def _common_network(segment: Segment, version: int) -> Network | None:
    """The network that somebody on the segment already has."""
    for end in segment.interfaces:
        for at in end.addresses:
            value = at.value
            usable = value.network.num_addresses > 1 and not is_link_local(value.ip)
            if value.version == version and usable:
                return value.network
    return None


def _addresses(
    network: Network, start: int, taken: Iterable[Address]
) -> Iterator[InterfaceAddress]:
    """The free addresses of *network*, from the number *start* on."""
    number = start
    while True:
        offset = number if network.version == 4 else int(str(number), 16)
        # The last IPv4 address is the broadcast address, except on a /31 (RFC 3021).
        last = network.num_addresses - (2 if network.version == 4 and network.prefixlen < 31 else 1)
        if offset > last:
            return
        address = network.network_address + offset
        if address not in taken:
            yield ip_interface((address, network.prefixlen))
        number += 1


class _Pool:
    """A range of addresses, cut into networks from the beginning."""

    def __init__(self, pool: Network, used: Iterable[Network]) -> None:
        self._pool = pool
        self._used = tuple(used)
        # The first network is left out: 10.0.1.0/24 is easier to read than 10.0.0.0/24.
        self._next = int(pool.network_address) + (256 if pool.version == 4 else 1 << 64)
        if self._next > int(pool.broadcast_address):
            self._next = int(pool.network_address)

    def __str__(self) -> str:
        return f"the pool {self._pool}"

    def take(self, ends: int) -> Network | None:
        """The next free network with room for *ends* interfaces; None when the pool is empty."""
        bits = 64
        if self._pool.version == 4:
            bits = max(8, (ends + _FIRST_HOST + 1).bit_length())
        size = 1 << bits
        while True:
            start = -(-self._next // size) * size
            if start + size - 1 > int(self._pool.broadcast_address):
                return None
            self._next = start + size
            network = ip_network((start, self._pool.max_prefixlen - bits))
            if not any(network.overlaps(used) for used in self._used):
                return network
