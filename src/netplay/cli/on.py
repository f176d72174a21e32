"""``netplay on``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("on")
@click.argument("nodes", metavar="[NODE...]", nargs=-1)
@name_option
def command(nodes: tuple[str, ...], name: str | None) -> None:
    """Switch machines on again.

    \b
    netplay on www
    netplay on

    Their files are what they were; their services are started. Without NODE, all that are off.
    """
    attach(name).on(*nodes)
    say(f"{', '.join(nodes) or 'all machines'}: on")
