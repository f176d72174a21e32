"""``netplay exec``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from netplay.cli.options import attach, program_options
from netplay.cli.output import show_line
from netplay.cli.sh import WORDS, program
from netplay.cli.words import Program


@click.command("exec", context_settings=WORDS)
@click.option("--all", "everywhere", is_flag=True, help="On every machine, at the same time.")
@program_options
@click.argument("words", metavar="[NODE] [--] COMMAND...", nargs=-1, type=click.UNPROCESSED)
def command(everywhere: bool, words: tuple[str, ...], **options: Any) -> int:
    """Run a command on one machine, or on all.

    \b
    netplay exec h1 -- ip route
    netplay exec --all -- ping -c1 www

    With --all each line is marked with its machine, the standard input is empty, and the exit
    status is the highest of all.
    """
    node, argv = ("", words) if everywhere else (words[0] if words else "", words[1:])
    if argv[:1] == ("--",):
        argv = argv[1:]
    if not argv or not (node or everywhere):
        raise click.UsageError("what should be run, and where?")
    wanted = program("exec", node, argv, **options)
    if everywhere:
        return _run_everywhere(wanted)
    from netplay.cli.run import run_program

    return run_program(wanted)


def _run_everywhere(wanted: Program) -> int:
    from netplay.cli.following import lines

    lab = attach(wanted.name)
    width = max((len(node.name) for node in lab), default=0)
    with ExitStack() as stack:
        started = {
            node.name: stack.enter_context(
                node.start(*wanted.argv, user=wanted.user, cwd=wanted.workdir, env=wanted.env)
            )
            for node in lab
        }
        for name, line, is_error in lines(started):
            show_line(line, f"{name:<{width}} | ", error=is_error)
        return max((process.wait() for process in started.values()), default=0)
