"""How the panel's cables are laid: pairs of interfaces, places on bridges, and who hands to whom.

What enters a port is handed on by the one rule in its chain of the table ``netdev panel``. Changing
the rule is one transaction: a frame meets the old one or the new one, so a direction can be
led over a detour and back without losing or doubling anything.

The ingress hook comes before the bridge (net/core/dev.c, __netif_receive_skb_core): a port's
rule counts from the moment it is there, whether or not the port is still plugged in.
"""

from __future__ import annotations

from collections.abc import Mapping

from netplay.cables import Direction, End, Splice
from netplay.kernel import nftables, rtnetlink
from netplay.kernel.network import Namespace
from netplay.kernel.offload import set_offload

_TABLE = "netdev panel"
_MTU = 65535  # any frame of any interface passes


class Plumbing:
    """Does the work; the caller is in the panel's namespace and knows what is where."""

    def __init__(self, panel: Namespace) -> None:
        self.netlink = panel.netlink
        self._panel = panel.descriptor

    def splice(self, splice: Splice) -> None:
        """Gives a port that is on a bridge a cable of its own; its carrier does not change."""
        port, near, far = splice.port, splice.near, splice.far
        self._pair(far, near, first=near)
        self.netlink.apply([rtnetlink.master(far.index, splice.bridge.index)])
        lead({near.name: fwd(port), port.name: fwd(near)})
        self.netlink.apply([rtnetlink.master(port.index, 0)])

    def unsplice(self, splice: Splice) -> None:
        """Plugs the port into its bridge again."""
        self.netlink.apply([rtnetlink.master(splice.port.index, splice.bridge.index)])
        lead({splice.near.name: None, splice.port.name: None})
        self.netlink.apply([rtnetlink.delete(splice.near.index)])

    def detour(self, way: Direction, verdict: str) -> None:
        """Leads a direction through its pair; what comes out meets *verdict*."""
        lead({way.single.name: verdict, way.source.name: fwd(way.split)})

    def make_detour(self, way: Direction) -> None:
        """The pair of interfaces for a detour."""
        self._pair(way.split, way.single, first=way.single)

    def end_detour(self, way: Direction) -> None:
        """Leads a direction straight on again; the pair is left as it is."""
        lead({way.source.name: fwd(way.target)})

    def remove_detour(self, way: Direction) -> None:
        """Takes the pair away, when nothing is led over it any more."""
        lead({way.single.name: None})
        self.drop_pair(way)

    def drop_pair(self, way: Direction) -> None:
        """Takes away a pair that nothing was led over yet."""
        self.netlink.apply([rtnetlink.delete(way.split.index)])

    def cut_up(self, way: Direction, *, single: bool) -> None:
        """Whether the detour cuts what enters it into single packets."""
        set_offload(way.split.name, on=not single)

    def switch(self, ends: tuple[End, ...], *, on: bool) -> None:
        """Switches ends on or off; whoever is plugged in sees the carrier come or go."""
        self.netlink.apply([rtnetlink.up(end.index, is_up=on) for end in ends])

    def _pair(self, one: End, other: End, *, first: End) -> None:
        """A veth pair on the panel, up.

        *first* is switched on first: the kernel then activates the other one at once, and *first*
        a moment later, from a work queue (net/core/link_watch.c). So it is the one that has
        nothing to send yet.
        """
        mac = f"02:fe:{other.index >> 24:02x}:{other.index >> 16 & 255:02x}"
        mac += f":{other.index >> 8 & 255:02x}:{other.index & 255:02x}"
        last = one if first == other else other
        self.netlink.apply(
            [
                rtnetlink.veth(
                    one.name,
                    other.name,
                    self._panel,
                    index=other.index,
                    port_index=one.index,
                    mac=mac,
                    mtu=_MTU,
                ),
                rtnetlink.up(first.index),
                rtnetlink.up(last.index),
            ]
        )


def fwd(end: End) -> str:
    """The rule that hands frames to *end*."""
    return f'fwd to "{end.name}"'


def lead(rules: Mapping[str, str | None]) -> None:
    """Gives each interface its one rule, all at the same moment; None takes the chain away."""
    lines = [f"add table {_TABLE}"]
    for name, rule in rules.items():
        if rule is None:
            lines += [f"flush chain {_TABLE} {name}", f"delete chain {_TABLE} {name}"]
            continue
        hook = f'type filter hook ingress device "{name}" priority 0;'
        lines.append(f"add chain {_TABLE} {name} {{ {hook} }}")
        lines.append(f"flush chain {_TABLE} {name}")
        lines.append(f"add rule {_TABLE} {name} {rule}")
    nftables.load("\n".join(lines) + "\n")
