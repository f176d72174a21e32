"""The lines of one ``console`` fence → entries.

    h1$ COMMAND             run as root in the chapter's folder; brandon@h1$ as brandon
    h1$ COMMAND \\          a command that goes on in the next line
    www$ COMMAND &          it stays in the background once the lines below have appeared
    www ... [WORD]          what that program has printed since
    h1$ COMMAND # any order the lines below may come in any order

Everything else belongs to the body of the entry above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from netplay.errors import suggestion
from netplay.lessons.transcript import Command, Entry, Later, is_status

Complain = Callable[[int, str], None]

_PROMPT = re.compile(
    r"^(?:(?P<user>[a-z_][a-z0-9_-]*)@)?(?P<machine>[A-Za-z][\w.-]*)\$ (?P<shell>.*)$"
)
_LATER = re.compile(r"^(?P<machine>[A-Za-z][\w.-]*) \.\.\.(?: (?P<word>\S.*))?$")
_BACKGROUND = re.compile(r"(?<!&) &(?=\s*(#.*)?$)")
_ANY_ORDER = re.compile(r"#\s*any order\s*$")


def entries(
    lines: Sequence[str], first: int, machines: Collection[str], complain: Complain
) -> list[Entry]:
    """The entries of a fence whose first line is line *first* of the page."""
    found: list[Entry] = []
    body: list[str] = []
    number = 0
    if not any(line.strip() for line in lines):
        complain(first - 1, "a transcript without a command")
        return []
    while number < len(lines):
        here = first + number
        entry, used = _head(lines[number:], here, machines, complain)
        number += used
        if entry is not None:
            _finish(found, body, complain)
            found.append(entry)
            body = []
        elif found:
            body.append(lines[number - 1])
        elif lines[number - 1].strip() or number == len(lines):
            complain(here, "a transcript begins with a prompt, such as: h1$ ls")
            return []
    _finish(found, body, complain)
    return found


def _head(
    lines: Sequence[str], here: int, machines: Collection[str], complain: Complain
) -> tuple[Entry | None, int]:
    """The entry that *lines* begin with, None for a line of a body; and how many lines it takes."""
    if (found := _LATER.match(lines[0])) and found["machine"] in machines:
        word = found["word"] or ""
        later = Later(line=here, machine=found["machine"], word=word, body=(), body_line=here + 1)
        return later, 1
    prompt = _PROMPT.match(lines[0])
    if prompt is None:
        return None, 1
    if prompt["machine"] not in machines:
        tail = suggestion(prompt["machine"], machines)
        complain(here, f"no machine is called '{prompt['machine']}'{tail}")
    shell, used = _whole_command(prompt["shell"], lines)
    if not shell.strip():
        complain(here, "a prompt without a command")
    background = bool(_BACKGROUND.search(shell))
    command = Command(
        line=here,
        machine=prompt["machine"],
        user=prompt["user"] or "root",
        shell=_BACKGROUND.sub("", shell).strip(),
        background=background,
        any_order=bool(_ANY_ORDER.search(shell)),
        body=(),
        body_line=here + used,
    )
    return command, used


def _whole_command(shell: str, lines: Sequence[str]) -> tuple[str, int]:
    used = 1
    while shell.endswith("\\") and used < len(lines):
        # As bash shows it: a second prompt "> " before what continues a command.
        shell += "\n" + lines[used].removeprefix("> ")
        used += 1
    return shell, used


def _finish(found: list[Entry], body: list[str], complain: Complain) -> None:
    """Gives the last entry its body."""
    if not found:
        return
    entry = found[-1]
    for number, text in enumerate(body[:-1]):
        if is_status(text):
            complain(entry.body_line + number, "the exit status comes last")
    found[-1] = replace(entry, body=tuple(body))
