"""README.md → `Page`: the fences that claim something, with their lines.

Markdown's own grammar is markdown-it's business (a fence may stand in a list, or in <details>);
ours begins at a fence's first word: ``console`` is a transcript, ``python FILE`` a listing, and
anything else is prose. What a block says is read line by line in `block`.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import TYPE_CHECKING

from netplay.errors import LessonError
from netplay.lessons.block import entries
from netplay.lessons.transcript import Command, Entry, Listing, Page, Transcript

if TYPE_CHECKING:
    from markdown_it.token import Token


def parse(text: str, file: str, machines: Collection[str]) -> Page:
    """The page *text*, called *file* in errors. Raises LessonError with every mistake."""
    from markdown_it import MarkdownIt  # 30 ms, and not every command reads a page

    reader = _Reader(file, text.splitlines(), machines)
    tokens = MarkdownIt("commonmark").parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            reader.section = tokens[number + 1].content
        elif token.type == "fence":
            reader.fence(token)
    if reader.mistakes:
        raise LessonError("\n".join(reader.mistakes))
    return Page(transcripts=tuple(reader.transcripts), listings=tuple(reader.listings))


class _Reader:
    def __init__(self, file: str, lines: list[str], machines: Collection[str]) -> None:
        self._file, self._lines, self._machines = file, lines, machines
        self.section = ""
        self.transcripts: list[Transcript] = []
        self.listings: list[Listing] = []
        self.mistakes: list[str] = []

    def fence(self, token: Token) -> None:
        words = token.info.split()
        assert token.map is not None
        line = token.map[0] + 1
        if words[:1] == ["console"]:
            self._transcript(token, line, words[1:])
        elif len(words) > 1:
            file, _, symbol = words[1].partition(":")
            self.listings.append(Listing(line=line, file=file, symbol=symbol, text=token.content))

    def _transcript(self, token: Token, line: int, words: list[str]) -> None:
        if len(words) > 1:
            self._complain(line, f"after 'console' comes one name, not {' '.join(words)!r}")
        indented = self._lines[line].startswith(" ") and token.content[:1] != " "
        if indented:
            self._complain(line, "a transcript begins at the left edge: it could not be rewritten")
        found = entries(token.content.splitlines(), line + 1, self._machines, self._complain)
        if not found:
            return
        name = words[0] if words else self._free(_default_name(found))
        if any(name == other.name for other in self.transcripts):
            self._complain(line, f"another transcript is called '{name}' already")
        self.transcripts.append(
            Transcript(name=name, section=self.section, line=line, entries=tuple(found))
        )

    def _free(self, name: str) -> str:
        taken = {transcript.name for transcript in self.transcripts}
        numbers = (f"{name}-{number}" for number in range(2, 100))
        return name if name not in taken else next(n for n in numbers if n not in taken)

    def _complain(self, line: int, sentence: str) -> None:
        self.mistakes.append(f"{self._file}:{line}: {sentence}")


def _default_name(found: list[Entry]) -> str:
    """The first program of the chapter that is run, else the first word."""
    for entry in found:
        if isinstance(entry, Command):
            for word in entry.shell.split():
                if word.endswith(".py"):
                    return PurePath(word).stem
    for entry in found:
        if isinstance(entry, Command) and entry.shell:
            return PurePath(entry.shell.split()[0]).name
    return found[0].machine
