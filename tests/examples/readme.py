"""Plays the transcripts of an example's README on the example, and compares what comes.

A transcript is a block of ``console`` whose lines after ``$`` are commands, each followed by what
it prints. What differs from run to run counts as equal: times, dates, ports that the kernel chose,
and what a page says itself in a comment, ``<!-- differs: REGULAR EXPRESSION -->``. With
--update-goldens the page is written anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_PART = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_DIFFERS = re.compile(r"<!-- differs: (.*) -->")
# What starts and ends the lab is the test's business.
_NOT_PLAYED = re.compile(r"\$ (cd|netplay up|netplay down)\b")
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)?"), "DATE"),
    (re.compile(r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"), "DATE"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "DATE"),
    (re.compile(r"\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
    (re.compile(r"[\d./]+ ?ms\b"), "TIME"),
    (re.compile(r"\btime=\S+"), "TIME"),
    (re.compile(r"0x[0-9a-f]+"), "NUMBER"),
    (re.compile(r"(?<=[#:= ])[3-6]\d{4}\b"), "PORT"),
    (re.compile(r"nginx/[\d.]+|DiG [\w.~+-]+|curl/[\d.]+|BIRD [\d.]+"), "VERSION"),
)
_SECONDS = 60


@dataclass
class Transcript:
    """One command, and what the page says that it prints, at *start* to *end* of the page."""

    command: str
    shown: str
    start: int
    end: int


def transcripts(page: str) -> Iterator[Transcript]:
    """Those of a page, in its order."""
    for block in _BLOCK.finditer(page):
        for part in _PART.finditer(page, block.start(1), block.end(1)):
            if not _NOT_PLAYED.match(part[0]):
                yield Transcript(part[1], part[2], part.start(2), part.end(2))


def play(folder: Path, lab: str, *, update: bool) -> None:
    """Runs every command of the folder's README against *lab*; AssertionError at a difference."""
    readme = folder / "README.md"
    page = readme.read_text(encoding="utf-8")
    differing = _DIFFERS.findall(page)
    written, position = "", 0
    for one in transcripts(page):
        printed = run(one.command, folder, lab)
        same = lasting(one.shown, differing) == lasting(printed, differing)
        assert same or update, (
            f"{readme}: $ {one.command}\n{printed}--- the page says:\n{one.shown}"
        )
        written += page[position : one.start] + (one.shown if same else printed)
        position = one.end
    if update:
        readme.write_text(written + page[position:], encoding="utf-8")


def run(command: str, folder: Path, lab: str) -> str:
    """What a person sees who types *command* in the example's folder."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("NETPLAY_")},
        "NETPLAY_RUN": os.environ["NETPLAY_RUN"],
        "NETPLAY_NAME": lab,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PATH": f"{folder.parents[1] / 'tests/examples/bin'}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
    }
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
    )
    lines = (line.rstrip() for line in done.stdout.replace("\r", "\n").splitlines())
    return "".join(f"{line}\n" for line in lines)


def lasting(text: str, differing: Iterable[str] = ()) -> str:
    """*text* without what differs from run to run, and with single spaces."""
    for number, expression in enumerate(differing):
        text = re.sub(expression, f"DIFFERS{number}", text, flags=re.MULTILINE)
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return " ".join(text.split())
