"""``netplay map``."""

from __future__ import annotations

import click

from netplay.cli.options import name_option


@click.command("map")
@click.argument("file", required=False)
@click.option("--svg", "kind", flag_value="svg", help="A picture, as SVG.")
@click.option("--mermaid", "kind", flag_value="mermaid", help="A diagram in Mermaid's words.")
@name_option
def command(file: str | None, kind: str | None, name: str | None) -> None:
    """Draw a network: as text, SVG or Mermaid.

    \b
    netplay map
    netplay map mine.clab.yml
    netplay map --svg > network.svg

    Without FILE it is the lab that is up, else the playground.
    """
    from netplay.cli.topologies import meant
    from netplay.map import mermaid, svg, text_map

    draw = {None: text_map, "svg": svg, "mermaid": mermaid}[kind]
    print(draw(meant(file, name)).rstrip("\n"))
