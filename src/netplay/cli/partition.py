"""``netplay partition``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("partition")
@click.argument("groups", nargs=-1, required=True)
@name_option
def command(groups: tuple[str, ...], name: str | None) -> None:
    """Keep groups of machines apart.

    Everything else goes on as it was.

    \b
    netplay partition "h1 h2 | www"
    netplay heal

    What is on its way between two groups is dropped in silence. A partition replaces the one
    before it.
    """
    from netplay.lab.schedule import groups_of

    text = " ".join(groups)
    attach(name).partition(*groups_of(text))
    say(f"apart: {text}; netplay heal joins them again")
