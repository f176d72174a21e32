"""Running the command of ``trace``, and its ladder in colour."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from netplay.capture import Ladder, text_lines
from netplay.cli.colours import painted
from netplay.cli.run import run_program
from netplay.cli.words import Program
from netplay.lab import direct

if TYPE_CHECKING:
    from netplay.lab import Lab


def run(lab: Lab, program: Program, *, quiet: bool) -> int:
    """Runs it to its end as ``netplay NODE`` does; *quiet* keeps standard output free of it."""
    program.name = lab.name
    sys.stdout.flush()
    if not quiet:
        return run_program(program)
    return direct.follow(
        lambda: direct.begin(
            lab.name, program.node, program.argv, user=program.user, cwd=program.workdir,
            env=program.env, streams=(0, 2, 2),
        )[0]
    )  # fmt: skip


def print_ladder(ladder: Ladder, width: int) -> None:
    """The ladder, its packets in the colour of what they are."""
    narrow = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    for style, line in text_lines(ladder, width, ascii=narrow):
        print(painted([(style, line)]))
