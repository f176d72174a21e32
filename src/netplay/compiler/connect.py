"""The ends of links become the interfaces of nodes."""

from __future__ import annotations

import re
from collections import Counter

from netplay.compiler import known, words
from netplay.compiler.cells import At, Problems
from netplay.compiler.raw import RawInterface, RawNode, RawTopology
from netplay.compiler.segment import segments
from netplay.errors import suggestion
from netplay.model import Masquerade, Role

_DIGITS = re.compile(r"([0-9]+)")


def connect(raw: RawTopology, problems: Problems) -> None:
    """Put every end of every link on its node; links with a wrong end are left out."""
    kept = []
    for link in raw.links:
        fine = [_check_end(raw, end, problems) for end in (link.a, link.b)]
        if (link.a.node, link.a.name) == (link.b.node, link.b.name):
            problems.add(link.where, f"both ends of this link are {link.a.node}:{link.a.name}")
        elif all(fine):
            kept.append(link)
            for end in (link.a, link.b):
                raw.nodes[end.node].interfaces[end.name] = end
    raw.links = kept
    for node in raw.nodes.values():
        node.interfaces = dict(sorted(node.interfaces.items(), key=lambda item: _natural(item[0])))
        _give_addresses(node)
        _give_role(node)


def find_roles(raw: RawTopology, problems: Problems) -> None:
    """A computer that nobody gave a role and that is on several segments is a router."""
    del problems
    touched = Counter(name for s in segments(raw) for name in {end.node for end in s.interfaces})
    for node in raw.computers:
        is_stand_in = node.config.kind is not None and node.config.kind.value == known.HOST
        is_between = touched[node.name] > 1 and not is_stand_in
        if node.config.role is None and (is_between or node.config.masquerade):
            node.role = Role.ROUTER


def number_macs(raw: RawTopology, problems: Problems) -> None:
    """Give every interface a MAC address: 02:00, then the numbers of node and interface.

    The second bit of the first byte says "locally administered" (IEEE 802, clause 8.4).
    """
    given: dict[str, RawInterface] = {}
    ends = [end for node in raw.nodes.values() for end in node.interfaces.values()]
    for end in ends:
        if end.mac and given.setdefault(end.mac.value, end) is not end:
            other = given[end.mac.value]
            problems.add(end.mac.where, f"{other.node}:{other.name} has this MAC address too")
    for n, node in enumerate(raw.nodes.values(), start=1):
        for i, end in enumerate(node.interfaces.values()):
            if end.mac is None:
                number = next(j for j in range(i, 0x10000) if _mac(n, j) not in given)
                end.mac = At(_mac(n, number), end.where)
                given[end.mac.value] = end


def _mac(node: int, interface: int) -> str:
    octets = (2, 0, node >> 8, node & 255, interface >> 8, interface & 255)
    return ":".join(f"{octet:02x}" for octet in octets)


def _check_end(raw: RawTopology, end: RawInterface, problems: Problems) -> bool:
    node = raw.nodes.get(end.node)
    if node is None:
        tail = suggestion(end.node, raw.nodes)
        problems.add(end.where, f"no node is called '{end.node}'{tail}")
        return False
    kind = node.config.kind
    if kind is not None and kind.value in known.VENDORS:
        # `ethernet-1/1` is a port of a vendor's box; Linux forbids the slash.
        end.name = re.sub(r"[\s/:]", "-", end.name)[-15:]
    try:
        words.interface_name(end.name)
    except ValueError as error:
        problems.add(end.where, str(error))
        return False
    if end.name == "lo" and node.role is not Role.SWITCH:
        problems.add(end.where, "'lo' is the loopback interface; it cannot have a cable")
        return False
    if end.name in node.interfaces:
        problems.add(end.where, f"{end.node}:{end.name} is the end of another link too")
        return False
    return True


def _give_addresses(node: RawNode) -> None:
    for name, addresses in node.config.addresses.items():
        if (interface := node.interfaces.get(name)) is not None:
            # A list on the node is the whole of it, except for what its link says.
            interface.wants_address = False
            # What stands on the node comes first: the first address is the node's identity.
            before = {at.value for at in addresses}
            after = (at for at in interface.addresses if at.value not in before)
            interface.addresses = [*addresses, *after]


def _give_role(node: RawNode) -> None:
    kind = node.config.kind
    if node.config.role is not None:
        node.role = node.config.role.value
        if node.config.is_nat and node.config.masquerade is None and node.interfaces:
            outside = next(iter(node.interfaces))
            node.config.masquerade = (At(Masquerade(interface=outside), node.config.role.where),)
    elif kind is not None and kind.value in known.SWITCHES:
        node.role = Role.SWITCH


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """A sorting key that puts eth2 before eth10."""
    parts = _DIGITS.split(name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts if part]
