"""``netplay [OPTIONS] NODE [COMMAND…]``, taken apart by hand: importing click takes 45 ms.

``sh NODE`` and ``exec NODE -- COMMAND`` are taken too. A first word that is no verb is a node.
What this parser does not know (``--help``, ``exec --all``) it leaves to click, which has the same
options for ``sh`` and ``exec`` and says what is wrong with them.
"""

from __future__ import annotations

import os

from netplay.cli.entry import UsageError
from netplay.cli.table import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# option: (its long form, whether a value follows)
_OPTIONS = {
    "-n": "--name",
    "-u": "--user",
    "-w": "--workdir",
    "-e": "--env",
    "--name": "--name",
    "--user": "--user",
    "--workdir": "--workdir",
    "--env": "--env",
}


class Program:
    """What to run on which node; an empty ``argv`` is a prompt."""

    def __init__(self) -> None:
        self.name: str | None = os.environ.get("NETPLAY_NAME")
        self.user = os.environ.get("NETPLAY_USER") or "root"
        self.workdir: str | None = os.environ.get("NETPLAY_WORKDIR")
        self.env: dict[str, str] = {}
        self.node = ""
        self.argv: list[str] = []
        self.verb = ""  # "sh", "exec", or "" when the node was the first word

    def take(self, option: str, value: str) -> None:
        """Sets what an option (in its long form) says."""
        if option == "--name":
            self.name = value
        elif option == "--user":
            self.user = value
        elif option == "--workdir":
            self.workdir = value
        else:
            key, given, text = value.partition("=")
            # docker's manner: a name alone takes the value it has here.
            if given or key in os.environ:
                self.env[key] = text if given else os.environ[key]


def parse(argv: Sequence[str]) -> Program | None:
    """The program that *argv* wants run, None if click should look. Raises UsageError."""
    program = Program()
    left = _take_options(program, list(argv))
    if not left:
        return None
    if left[0] in ("sh", "exec"):
        program.verb = left.pop(0)
        left = _take_options(program, left)
    elif left[0].startswith(("-", "__")) or left[0] in VERBS:
        return None
    if not left or left[0].startswith("-"):
        return None
    program.node = left.pop(0)
    left = _take_options(program, left)
    if left and left[0] == "--":
        left.pop(0)
    elif left and left[0].startswith("-"):
        if program.verb or left[0] == "--help":
            return None
        raise UsageError(f"no such option: {left[0]}; try: netplay sh --help")
    if program.verb == "exec" and not left:
        return None
    program.argv = left
    return program


def _take_options(program: Program, words: list[str]) -> list[str]:
    """Takes the options that *words* begin with; returns the rest."""
    while words:
        word = words[0]
        if word == "--no-color":
            os.environ["NO_COLOR"] = "1"  # no-color.org; programs on the node are told, too
            words = words[1:]
            continue
        option, joined, value = (
            word.partition("=") if word[:2] == "--" else (word[:2], "", word[2:])
        )
        if option not in _OPTIONS or not (joined or value or len(words) > 1):
            break
        has_value = bool(joined or value)
        program.take(_OPTIONS[option], value if has_value else words[1])
        words = words[1 if has_value else 2 :]
    return words
