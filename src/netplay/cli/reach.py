"""``netplay reach``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import show_json, show_table

if TYPE_CHECKING:
    from netplay.lab import Lab, Node

_AT_ONCE = 8  # machines that ping all others
# All at the same time; ping is done with the first answer, and tries for two seconds.
_PING = 'for a in "$@"; do (ping -nqc1 -w2 "$a" >/dev/null 2>&1 && echo "$a") & done; wait'


@click.command("reach")
@click.argument("nodes", metavar="[NODE]...", nargs=-1)
@click.option("-6", "six", is_flag=True, help="By IPv6.")
@json_option
@name_option
def command(nodes: tuple[str, ...], six: bool, as_json: bool, name: str | None) -> int:
    """Show which machines reach which, by ping: each pings the first address of every other.

    \b
    netplay reach
    netplay reach -6 h1 h2 www

    A row is who asks, a column who answers. A question mark is a machine that has no such
    address, or not for itself alone. The exit status is 1 if somebody does not answer.
    """
    lab = attach(name)
    names = [lab[node].name for node in nodes] or [node.name for node in lab]
    found = _reached(lab, names, 6 if six else 4)
    if as_json:
        show_json({"schema": 1, "lab": lab.name, "family": 6 if six else 4, "reach": found})
    else:
        marks = {True: "✓", False: "✗", None: "?"}
        rows = [[a, *(marks[found[a][b]] if a != b else "" for b in names)] for a in names]
        show_table(("FROM", *names), rows)
    return int(any(answer is False for row in found.values() for answer in row.values()))


def first_address(node: Node, version: int) -> str:
    """The first address of a node that others can ask for; "" if it has none."""
    # fe80::/10 is on every wire, and without an interface it is on none.
    usable = (a for a in node.addresses if a.version == version)
    return next((str(a) for a in usable if version == 4 or not a.is_link_local), "")


def _reached(lab: Lab, names: list[str], version: int) -> dict[str, dict[str, bool | None]]:
    """By who asks and who answers; None where the question would not be about that machine."""
    from concurrent.futures import ThreadPoolExecutor

    shared = Counter(str(address) for node in lab for address in node.addresses)
    first = {name: first_address(lab[name], version) for name in names}
    off = lab.switched_off()

    def ask(name: str) -> dict[str, bool | None]:
        others = {other: first[other] for other in names if other != name}
        wanted = {address for address in others.values() if shared[address] == 1}
        answers = set[str]()
        if name not in off:
            done = lab[name].run("sh", "-c", _PING, "sh", *sorted(wanted))
            answers = set(done.stdout.split())
        return {
            other: address in answers if shared[address] == 1 else None
            for other, address in others.items()
        }

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(names, pool.map(ask, names), strict=True))
