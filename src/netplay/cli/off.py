"""``netplay off``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("off")
@click.argument("nodes", metavar="NODE...", nargs=-1, required=True)
@name_option
def command(nodes: tuple[str, ...], name: str | None) -> None:
    """Switch machines off, as pulling the plug does.

    \b
    netplay off www
    netplay h1 ping -c1 www
    netplay on www

    Programs end at once and say no goodbye, the links are dead. Files stay, but for /run and /tmp.
    """
    attach(name).off(*nodes)
    say(f"{', '.join(nodes)}: off; netplay on switches on again")
