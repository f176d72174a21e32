"""``netplay ls``, also ``netplay labs``."""

from __future__ import annotations

import click

from netplay.cli.options import json_option
from netplay.cli.output import say, show_json, show_table


@click.command("ls")
@click.option("-q", "--quiet", is_flag=True, help="Names only.")
@json_option
def command(quiet: bool, as_json: bool) -> None:
    """List the labs that are up.

    \b
    netplay ls
    netplay ls --json
    """
    from netplay.lab import direct
    from netplay.lab.place import Place

    labs = [
        {"name": name, "keeper": {"pid": Place(name).keeper}, "machines": len(direct.index(name))}
        for name in direct.labs()
    ]
    if as_json:
        show_json({"schema": 1, "labs": labs})
    elif quiet:
        print("".join(f"{lab['name']}\n" for lab in labs), end="")
    elif labs:
        show_table(
            ("LAB", "MACHINES", "KEEPER"),
            [(str(lab["name"]), str(lab["machines"]), str(lab["keeper"]["pid"])) for lab in labs],  # type: ignore[index]
        )
    else:
        say("no lab is up; try: netplay up")
