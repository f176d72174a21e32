"""The rules that keep groups of machines apart, and let everything else pass.

What a partition is not: cutting links. A cut between h1 and www would have to be somewhere on the
way, and everybody else on that way would be cut off as well. So the links stay, and at the ports of
the machines in question everything is dropped that is on its way between two groups: by the MAC
addresses if they are neighbours (then broadcasts too, and what a router of one group would
pass on), by the IP addresses if they are not. At both machines, in both directions, since either
may be behind a modem that translates: h1's own address is seen at h1's port, www's as well, but at
www's port only the modem's. Two machines that are *both* behind modems and reach each other by a
forwarded port never see each other's addresses; between them only a cut helps.

The rules stand in a table of their own, before those that join the ports (a lower priority), and
on the way out to the node in the egress hook, which also sees what comes from the wire.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netplay.model import Topology
from netplay.plan.panel import Panel


def partition_ruleset(topology: Topology, board: Panel, groups: Sequence[Sequence[str]]) -> str:
    """The table ``netdev partition``; empty for no groups."""
    chains = []
    for number, group in enumerate(groups):
        ports = [port.name for end, port in board.ports.items() if end.node in group]
        if not ports:
            continue
        others = [name for other in groups if other is not group for name in other]
        mine, theirs = _Seen(topology, group), _Seen(topology, others)
        devices = ", ".join(f'"{port}"' for port in ports)
        chains += [
            _chain(f"from{number}", "ingress", devices, theirs.macs("daddr"), mine.to(theirs)),
            _chain(f"to{number}", "egress", devices, theirs.macs("saddr"), theirs.to(mine)),
        ]
    return f"table netdev partition {{\n{''.join(chains)}}}\n" if chains else ""


class _Seen:
    """A group as its packets show it."""

    def __init__(self, topology: Topology, names: Iterable[str]) -> None:
        nodes = [topology[name] for name in names]
        self._macs = sorted({i.mac for node in nodes for i in node.interfaces})
        every = [str(a) for node in nodes for a in node.addresses]
        self._v4 = sorted({a for a in every if ":" not in a})
        self._v6 = sorted({a for a in every if ":" in a})

    def macs(self, field: str) -> list[str]:
        return [f"ether {field} {_set(self._macs)} drop"] if self._macs else []

    def to(self, other: _Seen) -> list[str]:
        return [
            f"{family} saddr {_set(ours)} {family} daddr {_set(theirs)} drop"
            for family, ours, theirs in (
                ("ip", self._v4, other._v4),
                ("ip6", self._v6, other._v6),
            )
            if ours and theirs
        ]


def _set(members: Sequence[str]) -> str:
    return f"{{ {', '.join(members)} }}"


def _chain(name: str, hook: str, devices: str, *rules: Sequence[str]) -> str:
    lines = "".join(f"\t\t{rule}\n" for group in rules for rule in group)
    return (
        f"\tchain {name} {{\n"
        f"\t\ttype filter hook {hook} devices = {{ {devices} }} priority -10\n{lines}\t}}\n"
    )
