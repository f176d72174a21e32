"""``netplay plan``."""

from __future__ import annotations

import click

from netplay.cli.options import json_option, name_option
from netplay.cli.output import show_json


@click.command("plan")
@click.argument("file", required=False)
@click.option("--node", metavar="NODE", help="Only the steps of one machine.")
@json_option
@name_option
def command(file: str | None, node: str | None, as_json: bool, name: str | None) -> None:
    """Print the steps that bring a network up.

    \b
    netplay plan
    netplay plan mine.clab.yml --node h1
    netplay plan --json | jq -r '.steps[].step' | sort | uniq -c

    They are the lines that a person would type as root; nothing is done. Without FILE it is
    about the lab that is up, else about the playground.
    """
    from netplay.cli.topologies import meant
    from netplay.lab import Lab

    topology = meant(file, name)
    lab = Lab(topology, name=name or topology.name)
    steps = lab.plan()
    if node is not None:
        wanted = lab[node].name
        steps = tuple(step for step in steps if step.node == wanted or _cable_of(step, wanted))
    if as_json:
        lines = [
            {"step": type(step).__name__, "node": step.node, "shell": step.shell()}
            for step in steps
        ]
        show_json({"schema": 1, "lab": lab.name, "steps": lines})
    else:
        print("".join(f"{step.shell()}\n" for step in steps), end="")


def _cable_of(step: object, node: str) -> bool:
    """A cable is made on the patch panel and leads to a machine."""
    return getattr(step, "owner", None) == node
