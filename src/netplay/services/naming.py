"""By which names can a node be reached? Certificates and SSH's list of hosts must know them all."""

from __future__ import annotations

from netplay.model import Node, Topology

__all__ = ["names_leading_to"]


def names_leading_to(topology: Topology, node: Node) -> tuple[str, ...]:
    """Every DNS name of *node*: its own, and those of the records that lead to it.

    A record in one of the topology's zones counts in its short form as well, because nodes
    complete short names with their search domain: ``maps.example.com`` is also ``maps``.
    """
    names = dict.fromkeys(node.names)
    addresses = {str(address) for address in node.addresses}
    waiting = [record for record in topology.records if record.type in ("CNAME", "A", "AAAA")]
    # An alias may stand for an alias: go round until nothing is found any more.
    while found := [r for r in waiting if r.value in addresses or r.value.rstrip(".") in names]:
        for record in found:
            waiting.remove(record)
            names |= dict.fromkeys((record.name, *_short(topology, record.name)))
    return tuple(names)


def _short(topology: Topology, name: str) -> tuple[str, ...]:
    return tuple(
        name.removesuffix("." + zone) for zone in topology.zones if name.endswith("." + zone)
    )
