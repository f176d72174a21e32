"""``netplay export``."""

from __future__ import annotations

import click

from netplay.cli.options import name_option
from netplay.cli.output import show_json

TEXTS = ("containerlab", "compose", "mermaid", "svg")


@click.command("export")
@click.argument("form", type=click.Choice([*TEXTS, "plain"]), metavar="FORMAT")
@click.argument("file", required=False)
@name_option
def command(form: str, file: str | None, name: str | None) -> None:
    """Write a network in another program's format.

    \b
    netplay export containerlab > spelled-out.clab.yml
    netplay export compose cafe.clab.yml > compose.yml
    netplay export svg > network.svg
    netplay export plain | jq '.nodes[].name'

    FORMAT is containerlab (every address and route written out; netplay reads it back as the same
    network), compose (as far as Docker can follow), mermaid, svg, or plain (the model, as
    JSON). Without FILE it is the lab that is up, else the playground.
    """
    from netplay import export, map
    from netplay.cli.topologies import meant

    topology = meant(file, name)
    if form == "plain":
        show_json(export.plain(topology))
        return
    write = {
        "containerlab": export.containerlab,
        "compose": export.compose,
        "mermaid": map.mermaid,
        "svg": map.svg,
    }[form]
    print(write(topology).rstrip("\n"))
