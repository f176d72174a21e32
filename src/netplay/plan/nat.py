"""The nftables rulesets: what makes a router a modem, and what joins two ports of the panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netplay.model import Masquerade
from netplay.plan.panel import Port


def modem_ruleset(masquerades: Sequence[Masquerade]) -> str:
    """NAT, and the filter that lets nothing in but answers, for one router."""
    nat = "".join(f'\t\toifname "{m.interface}" masquerade\n' for m in masquerades)
    text = f"""\
table ip nat {{
\tchain postrouting {{
\t\ttype nat hook postrouting priority srcnat
{nat}\t}}
}}
"""
    if any(m.ftp for m in masquerades):
        # PORT and EPRT carry an address inside the connection: the helper rewrites it where it is
        # translated, and expects the connection that it announces (nf_conntrack_ftp).
        text += """\
table inet helper {
\tct helper ftp-ipv4 {
\t\ttype "ftp" protocol tcp
\t\tl3proto ip
\t}
\tct helper ftp-ipv6 {
\t\ttype "ftp" protocol tcp
\t\tl3proto ip6
\t}
\tchain prerouting {
\t\ttype filter hook prerouting priority filter
\t\tmeta nfproto ipv4 tcp dport 21 ct helper set "ftp-ipv4"
\t\tmeta nfproto ipv6 tcp dport 21 ct helper set "ftp-ipv6"
\t}
}
"""
    stateful = "".join(
        f'\t\tiifname "{m.interface}" ct state established,related accept\n'
        f'\t\tiifname "{m.interface}" drop\n'
        for m in masquerades
        if m.stateful
    )
    if stateful:
        text += f"""\
table inet filter {{
\tchain forward {{
\t\ttype filter hook forward priority filter
{stateful}\t}}
}}
"""
    return text


def join_ruleset(pairs: Iterable[tuple[Port, Port]]) -> str:
    """Hands every frame that enters one port of a pair to the other, as a cable would."""
    chains = "".join(_forward(a, b) + _forward(b, a) for a, b in pairs)
    return f"table netdev panel {{\n{chains}}}\n"


def _forward(port: Port, to: Port) -> str:
    return (
        f"\tchain {port.name} {{\n"
        f'\t\ttype filter hook ingress device "{port.name}" priority filter\n'
        f'\t\tfwd to "{to.name}"\n\t}}\n'
    )
