"""``netplay down``."""

from __future__ import annotations

import click

from netplay.cli.options import name_option
from netplay.cli.output import say


@click.command("down")
@click.option("--all", "everything", is_flag=True, help="Every lab of yours.")
@name_option
def command(everything: bool, name: str | None) -> None:
    """Take a lab down; nothing of it remains.

    \b
    netplay down
    netplay down --all
    """
    from netplay.lab import direct
    from netplay.lab.place import Place

    names = direct.labs() if everything else [direct.chosen(name)]
    for each in names:
        say(f"{each} is down" if Place(each).take_down() else f"{each} was not up")
    if not names:
        say("no lab was up")
