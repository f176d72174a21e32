"""``netplay validate``."""

from __future__ import annotations

import os

import click

from netplay.cli.options import json_option
from netplay.cli.output import say, show_json
from netplay.cli.topologies import check_file


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--strict", is_flag=True, help="What would be a warning is a mistake.")
@json_option
def command(files: tuple[str, ...], strict: bool, as_json: bool) -> int:
    """Say everything that is wrong with a topology file.

    \b
    netplay validate mine.clab.yml
    netplay validate --strict examples/*/*.clab.yml
    netplay validate --json mine.clab.yml | jq -r '.problems[].message'

    One mistake a line, as FILE:LINE:COLUMN: PLACE: what is wrong and the nearest right word. The
    exit status is 2 if there is one. Nothing is started, and no rights are needed.
    """
    from netplay.errors import Problem, TopologyError
    from netplay.loading import load

    problems: list[Problem] = []
    warnings: list[str] = []
    for file in files:
        check_file(file)
        try:
            warnings += load(file, strict=strict).warnings
        except TopologyError as error:
            problems += error.problems
    if as_json:
        rows = [
            {key: getattr(one, key) for key in ("file", "line", "column", "where", "message")}
            for one in problems
        ]
        show_json({"schema": 1, "problems": rows, "warnings": warnings})
        return 2 if problems else 0
    for warning in warnings:
        say(f"netplay: {warning}")
    for problem in problems:
        print(problem)
    if not problems:
        names = files[0] if len(files) == 1 else f"{len(files)} files"
        say(f"{os.path.normpath(names)}: nothing is wrong")
    return 2 if problems else 0
