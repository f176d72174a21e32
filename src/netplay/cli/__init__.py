"""The command line: one verb a file, which parses, calls `Lab` and prints.

`main` is the door. Two roads lead on from it:

    netplay h1 true          words.py → run.py     without click, for it is typed all day
    netplay ps --json        verbs.py → ps.py      click imports the one verb that is wanted

All errors end in `entry.py`, as one sentence and an exit status.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Runs the command that this process was called with, and ends the process."""
    from netplay.cli.entry import run

    sys.exit(run(sys.argv[1:]))
