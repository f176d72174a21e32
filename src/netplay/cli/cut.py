"""``netplay cut``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("cut")
@click.argument("link", nargs=-1, required=True)
@name_option
def command(link: tuple[str, ...], name: str | None) -> None:
    """Unplug a link; its ends see NO-CARRIER.

    \b
    netplay cut h1 modemA
    netplay h1 ip link

    To lose everything in silence instead: netplay fault h1 modemA loss=100%
    """
    attach(name).cut(*link)
    say(f"{' '.join(link)} is cut; netplay mend plugs it in again")
