"""``netplay mend``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("mend")
@click.argument("link", nargs=-1, required=True)
@name_option
def command(link: tuple[str, ...], name: str | None) -> None:
    """Plug a cut link in again.

    Its impairments are what they were.

    \b
    netplay mend h1 modemA
    """
    attach(name).mend(*link)
    say(f"{' '.join(link)} is plugged in")
