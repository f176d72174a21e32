"""``netplay heal``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("heal")
@click.argument("link", nargs=-1)
@name_option
def command(link: tuple[str, ...], name: str | None) -> None:
    """Make links as the topology says.

    Faults, cuts and partitions are gone then; without LINK, machines that are off are on.

    \b
    netplay heal
    netplay heal h1 modemA
    """
    attach(name).heal(*link)
    say(f"{' '.join(link) or 'every link'} is healed")
