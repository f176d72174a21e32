"""``netplay faults``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import show_json, show_table

if TYPE_CHECKING:
    from netplay.lab.faults import Fault, Way


@click.command("faults")
@json_option
@name_option
def command(as_json: bool, name: str | None) -> None:
    """Show what is wrong with the links of a lab.

    \b
    netplay faults
    netplay faults --json | jq -r '.links[].link'

    In JSON times are seconds, shares fractions of one, rates bits per second.
    """
    lab = attach(name)
    found, groups = lab.faults(), lab.partitioned()
    if as_json:
        links = [_link(fault) for fault in found]
        show_json({"schema": 1, "lab": lab.name, "links": links, "partition": groups})
        return
    rows = [row for fault in found for row in _rows(fault)]
    if groups:
        rows.append(("partition", " | ".join(" ".join(group) for group in groups), "", ""))
    if rows:
        show_table(("LINK", "CONDITIONS", "LOST", "SEED"), rows)


def _rows(fault: Fault) -> Iterator[tuple[str, str, str, str]]:
    from netplay.export.words import impairment

    a, b = fault.link.a, fault.link.b
    if fault.cut:
        yield fault.link.name, "cut", "", ""
    for node in fault.off:
        yield fault.link.name, f"{node} is off", "", ""
    for ends, way in ((f"{a} > {b}", fault.forward), (f"{b} > {a}", fault.backward)):
        if way.backend:
            words = [f"{name}={value}" for name, value in impairment(way.impairment).items()]
            yield ends, " ".join(words), _lost(way), str(fault.seed)


def _lost(way: Way) -> str:
    """How many frames did not arrive; those that overflowed a queue are among them."""
    if way.counts is None:
        return "-"
    lost = sum(way.counts[name] for name in ("lost", "overflowed", "missed", "refused"))
    return f"{lost} of {lost + way.counts['passed']}"


def _link(fault: Fault) -> dict[str, Any]:
    return {
        "link": fault.link.name,
        "cut": fault.cut,
        "off": list(fault.off),
        "seed": fault.seed,
        "forward": _way(fault.forward),
        "backward": _way(fault.backward),
    }


def _way(way: Way) -> dict[str, Any]:
    counts = None if way.counts is None else dict(way.counts)
    values = {name: value for name, value in asdict(way.impairment).items() if value}
    return {"conditions": values, "backend": way.backend or None, "counts": counts}
