"""What is printed: data on standard output, talk on standard error.

Tables are drawn by rich at a terminal, and are plain columns on a pipe. What came off the network
or out of a node is made printable before it reaches a terminal, for a terminal obeys what it reads.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress


def say(text: str, *, end: str = "\n") -> None:
    """Talk: for the person, and not what was asked for. Nobody need listen."""
    text = as_typed(text)
    with suppress(OSError):  # `netplay up 2>&1 | head -1` brings the lab up all the same
        print(text, end=end, file=sys.stderr, flush=True)


def as_typed(text: str) -> str:
    """*text* with the commands in it as the person types them: ``./play`` says so of itself.

    In a clone there is no ``netplay`` on the PATH; a hint that is typed as it stands has to work.
    """
    typed = os.environ.get("NETPLAY_TYPED")
    if not typed or "netplay " not in text:
        return text
    import re

    from netplay.cli.table import SECTIONS

    verbs = "|".join(verb for section in SECTIONS.values() for verb in section)
    hint = rf"^( *)netplay (?=[\w-])|(try: |see |; |, |\()netplay (?=-|(?:{verbs})\b)"
    return re.sub(hint, lambda m: f"{m[1] or m[2] or ''}{typed} ", text, flags=re.MULTILINE)


def show_json(value: object) -> None:
    """One JSON document."""
    print(json.dumps(value, indent=2))


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of text; the first column names the row."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        _show_columns([list(titles), *cells])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, title in enumerate(titles):
        table.add_column(title, style="cyan" if number == 0 else "", no_wrap=number == 0)
    for row in cells:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def _show_columns(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())


def printable(text: str) -> str:
    r"""*text* with all that a terminal would obey written out, as ``\x1b``; tabs stay.

    Unicode's "Cf" are the marks that turn the direction of writing around.
    """
    return "".join(
        char
        if char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else char.encode("unicode_escape").decode()
        for char in text
    )


def show_line(data: bytes, prefix: str = "", *, error: bool = False) -> None:
    """One line of a node's: as it is on a pipe, made printable at a terminal."""
    stream = sys.stderr if error else sys.stdout
    line = data.rstrip(b"\n")
    if stream.isatty():
        line = printable(line.rstrip(b"\r").decode(errors="backslashreplace")).encode()
    stream.flush()
    stream.buffer.write(prefix.encode() + line + b"\n")
    stream.buffer.flush()


def megabytes(count: int) -> str:
    """Bytes for a person, in megabytes."""
    return f"{count / 1e6:.1f} MB"


def nearest_file(path: str) -> str:
    """The tail of a sentence about a file that is not there: the nearest name in its folder."""
    from netplay.errors import suggestion

    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ""
    tail = suggestion(name, names)
    return tail if "did you mean" in tail else ""
