"""Fences that show a file of the chapter must show it as it is.

```python search4.py          all of it, or lines that follow each other in it;
                              a line ``# ...`` in the fence leaves some out
```python search4.py:fetch    the function or class, which `update` writes anew
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

from netplay.errors import suggestion
from netplay.lessons.transcript import Listing

_LEFT_OUT = "# ..."


def mistakes(listings: tuple[Listing, ...], folder: Path, page: str) -> Iterator[str]:
    """A sentence for each listing that is not in its file."""
    for listing in listings:
        where = f"{page}:{listing.line}"
        file = folder / listing.file
        if not file.is_file():
            names = [path.name for path in folder.iterdir()]
            yield f"{where}: {listing.file} is not in this chapter{suggestion(listing.file, names)}"
            continue
        text = file.read_text(encoding="utf-8")
        if listing.symbol:
            wanted = symbol(text, listing.symbol)
            if wanted is None:
                yield f"{where}: {listing.file} has no function or class '{listing.symbol}'"
            elif wanted != listing.text:
                yield f"{where}: this is not {listing.symbol} of {listing.file}; try: lesson update"
        elif (line := first_stranger(listing.text, text)) is not None:
            yield f"{page}:{listing.line + line}: this line is not in {listing.file} at this place"


def symbol(text: str, name: str) -> str | None:
    """The source of a function or class at the top of a program, decorators and all."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # lint says where
        return None
    for node in tree.body:
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        if isinstance(node, kinds) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno]) + "\n"
    return None


def first_stranger(shown: str, text: str) -> int | None:
    """The first line (from 1) of an excerpt that does not follow in *text*; None if all do.

    An excerpt may be moved to the left as a whole.
    """
    excerpts: list[list[str]] = [[]]
    for line in shown.splitlines():
        if line.strip() == _LEFT_OUT:
            excerpts.append([])
        else:
            excerpts[-1].append(line)
    lines = text.splitlines()
    position, number = 0, 1
    for excerpt in excerpts:
        place, longest = _place(excerpt, lines, position)
        if place is None:
            return number + longest
        position = place + len(excerpt)
        number += len(excerpt) + 1
    return None


def _place(excerpt: list[str], lines: list[str], start: int) -> tuple[int | None, int]:
    """Where an excerpt is found, or how many of its lines are found at the best place."""
    wanted = _flush(excerpt)
    longest = 0
    for place in range(start, len(lines) + 1):
        there = _flush(lines[place : place + len(wanted)])
        if there == wanted:
            return place, 0
        pairs = enumerate(zip(wanted, there, strict=False))
        same = next((number for number, (ours, other) in pairs if ours != other), 0)
        longest = max(longest, same)
    return None, longest


def _flush(lines: list[str]) -> list[str]:
    return textwrap.dedent("\n".join(lines)).splitlines() if lines else []
