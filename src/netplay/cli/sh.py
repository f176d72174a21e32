"""``netplay sh``, and the options of ``netplay NODE``."""

from __future__ import annotations

from typing import Any

import click

from netplay.cli.options import program_options
from netplay.cli.words import Program

# Options end where the program's words begin: `netplay sh h1 ls -l` lists at length.
WORDS = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def program(
    verb: str,
    node: str,
    argv: tuple[str, ...],
    user: str,
    workdir: str | None,
    env: tuple[str, ...],
    name: str | None,
) -> Program:
    """The program that the words describe."""
    wanted = Program()
    wanted.verb, wanted.node, wanted.argv = verb, node, list(argv)
    wanted.user, wanted.workdir, wanted.name = user, workdir, name
    for variable in env:
        wanted.take("--env", variable)
    return wanted


@click.command("sh", context_settings=WORDS)
@program_options
@click.argument("node")
@click.argument("argv", metavar="[COMMAND...]", nargs=-1, type=click.UNPROCESSED)
def command(node: str, argv: tuple[str, ...], **options: Any) -> int:
    """Open a prompt on a machine, or run a command there.

    \b
    netplay h1
    netplay h1 traceroute www.example.com
    netplay -u brandon mail s-nail
    netplay www cat /etc/nginx/nginx.conf | less

    The word sh is needed only where a machine is called as a command of netplay is. The
    exit status is the command's (125: netplay failed; 126: not executable; 127: not found). At
    a terminal the command gets one of the machine's own; where input or output is a file or a
    pipe, it gets that.
    """
    from netplay.cli.run import run_program

    return run_program(program("sh", node, argv, **options))
