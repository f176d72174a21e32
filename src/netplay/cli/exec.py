"""``netplay exec``."""

from __future__ import annotations

from typing import Any

import click

from netplay.cli.options import json_option, program_options
from netplay.cli.sh import WORDS, program


@click.command("exec", context_settings=WORDS)
@click.option("--all", "everywhere", is_flag=True, help="On every machine, at the same time.")
@json_option
@program_options
@click.argument("words", metavar="[NODE] [--] COMMAND...", nargs=-1, type=click.UNPROCESSED)
def command(everywhere: bool, as_json: bool, words: tuple[str, ...], **options: Any) -> int:
    """Run a command on one machine, or on all.

    \b
    netplay exec h1 -- ip route
    netplay exec --all -- ping -c1 www
    netplay exec --all --json -- id | jq '.machines[].status'

    With --all each line is marked with its machine, the standard input is empty, and the exit
    status is the highest of all. With --json it is all said at the end, for each machine.
    """
    node, argv = ("", words) if everywhere else (words[0] if words else "", words[1:])
    if argv[:1] == ("--",):
        argv = argv[1:]
    if not argv or not (node or everywhere):
        raise click.UsageError("what should be run, and where?")
    wanted = program("exec", node, argv, **options)
    if as_json or everywhere:
        from netplay.cli import everywhere as every

        return every.run_for_json(wanted) if as_json else every.run(wanted)
    from netplay.cli.run import run_program

    return run_program(wanted)
