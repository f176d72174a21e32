"""``netplay exec``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from netplay.cli.options import attach, json_option, program_options
from netplay.cli.output import show_json, show_line
from netplay.cli.sh import WORDS, program
from netplay.cli.words import Program


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
    if as_json:
        return _run_for_json(wanted)
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


def _run_for_json(wanted: Program) -> int:
    from concurrent.futures import ThreadPoolExecutor

    lab = attach(wanted.name)
    nodes = [lab[wanted.node]] if wanted.node else list(lab)
    options: dict[str, Any] = {"user": wanted.user, "cwd": wanted.workdir, "env": wanted.env}
    with ThreadPoolExecutor(max(len(nodes), 1)) as pool:
        found = list(pool.map(lambda node: node.run(*wanted.argv, **options), nodes))
    machines = {
        node.name: {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        for node, done in zip(nodes, found, strict=True)
    }
    show_json({"schema": 1, "lab": lab.name, "command": wanted.argv, "machines": machines})
    return max((done.returncode for done in found), default=0)
