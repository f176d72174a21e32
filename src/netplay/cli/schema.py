"""``netplay schema``."""

from __future__ import annotations

import click


@click.command("schema")
@click.option("--path", is_flag=True, help="Print only where the file is.")
def command(path: bool) -> None:
    """Print the JSON Schema of topology files.

    \b
    netplay schema > netplay.schema.json
    sed -i "1i # yaml-language-server: \\$schema=$(netplay schema --path)" mine.clab.yml

    Editors that speak to the YAML language server (VS Code, Neovim, Emacs, Helix...) complete and
    check a topology file that begins with such a line.
    """
    from netplay.compiler import SCHEMA

    if path:
        print(SCHEMA)
        return
    with open(SCHEMA, encoding="utf-8") as file:
        print(file.read().rstrip("\n"))
