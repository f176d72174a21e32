"""``netplay reset``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("reset")
@click.argument("nodes", metavar="[NODE...]", nargs=-1)
@name_option
def command(nodes: tuple[str, ...], name: str | None) -> None:
    """Give machines fresh files and services.

    \b
    netplay reset
    netplay reset www mail

    Without NODE, all of them. What was written, changed or started on a machine is gone; its
    links and addresses stay.
    """
    lab = attach(name)
    lab.reset(*nodes)
    say(f"{', '.join(nodes) or 'all machines of ' + lab.name}: as new")
