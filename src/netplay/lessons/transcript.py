"""The nouns of a page: what the fences of a README say, before anything is run.

A *transcript* is one ``console`` fence. It is a list of *entries*: a command at a machine's
prompt, or the continuation of a program that was left in the background. Under each entry is its
*body*, the lines as the page has them; `parts` reads typed lines and keys out of a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ELISION = "[...]"  # any number of lines, also none
_TYPED = re.compile(r"^(?P<prompt>.*?)«(?P<text>.*)»$")
_KEY = re.compile(r"^\^(?P<key>[A-Z\[\]\\])$")
_STATUS = re.compile(r"^\[exit status (?P<status>\d+)\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``h1$ python3 search1.py``: a program and what it prints."""

    line: int  # in the README, from 1, as for all `line` here
    machine: str
    user: str
    shell: str
    background: bool
    any_order: bool
    body: tuple[str, ...]
    body_line: int

    @property
    def title(self) -> str:
        """As the page names it, on one line."""
        person = "" if self.user == "root" else f"{self.user}@"
        tail = " &" if self.background else ""
        return f"{person}{self.machine}$ {_one_line(self.shell)}{tail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """``www ... WORD``: what a program in the background has printed since."""

    line: int
    machine: str
    word: str  # part of the program's command; empty if the machine has only one
    body: tuple[str, ...]
    body_line: int
    any_order: bool = False

    @property
    def title(self) -> str:
        """As the page names it."""
        return f"{self.machine} ... {self.word}".rstrip()


Entry = Command | Later


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One ``console`` fence."""

    name: str
    section: str  # the heading above it
    line: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A fence that shows (part of) a file of the chapter: ``python search4.py`` or ``…:fetch``."""

    line: int
    file: str
    symbol: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A README, read."""

    transcripts: tuple[Transcript, ...]
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """``Name: «brandon»``: what a person answers once *prompt* stands there."""

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """``^C``: a control key."""

    letter: str

    @property
    def byte(self) -> bytes:
        """What a keyboard sends."""
        return bytes([ord(self.letter) & 0x1F])


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that a program prints, and what the person does then (None: nothing more)."""

    lines: tuple[str, ...]
    action: Typed | Key | None


def parts(body: Sequence[str]) -> Iterator[Part]:
    """A body cut at each thing that a person does; the last part has no action."""
    lines: list[str] = []
    for text in without_status(body):
        if action := _action(text):
            yield Part(tuple(lines), action)
            lines = []
        else:
            lines.append(text)
    yield Part(tuple(lines), None)


def is_action(text: str) -> bool:
    """Whether a line of a body is something that a person does."""
    return _action(text) is not None


def without_status(body: Sequence[str]) -> Sequence[str]:
    """A body without its last line if that tells the exit status."""
    return body[:-1] if body and _STATUS.match(body[-1]) else body


def status_line(status: int) -> str:
    """How a body tells an exit status that is not zero."""
    return f"[exit status {status}]"


def is_status(text: str) -> bool:
    """Whether a line of a body tells an exit status."""
    return bool(_STATUS.match(text))


def _action(text: str) -> Typed | Key | None:
    if found := _KEY.match(text):
        return Key(found["key"])
    if found := _TYPED.match(text):
        return Typed(found["prompt"], found["text"])
    return None


def _one_line(shell: str) -> str:
    return re.sub(r"\s*\\\n(> )?\s*", " ", shell)
