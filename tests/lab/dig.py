"""`dig` on a node, and what its answer says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netplay.lab.node import Node


@dataclass(frozen=True)
class Row:
    """One record of an answer, as a master file would show it."""

    name: str
    ttl: int
    type: str
    data: str


@dataclass(frozen=True)
class Reply:
    """An answer of a name server, section by section."""

    status: str
    flags: frozenset[str]
    answer: tuple[Row, ...]
    authority: tuple[Row, ...]
    text: str

    @property
    def data(self) -> set[str]:
        """The data of the answer's records."""
        return {row.data for row in self.answer}


def dig(node: Node, *words: str) -> Reply:
    """Asks with *words* on *node*: a name, a type, ``@server``, options."""
    shown = ("+noall", "+comments", "+answer", "+authority", "+stats")
    # One try: a lost packet in here is a fault, not weather.
    text = node.run("dig", *shown, "+tries=1", "+time=5", *words, timeout=20).stdout
    status = re.search(r"status: (\w+)", text)
    flags = re.search(r"^;; flags: ([a-z ]*);", text, re.MULTILINE)
    return Reply(
        status=status[1] if status else "",
        flags=frozenset(flags[1].split()) if flags else frozenset(),
        answer=_section(text, "ANSWER"),
        authority=_section(text, "AUTHORITY"),
        text=text,
    )


def transfer(node: Node, zone: str) -> list[Row]:
    """All records of *zone* as AXFR (RFC 5936) brings them; none if it is refused."""
    text = node.run("dig", "+noall", "+answer", "AXFR", zone, timeout=20).stdout
    return [_row(line) for line in text.splitlines() if line and not line.startswith(";")]


def _section(text: str, title: str) -> tuple[Row, ...]:
    _, _, rest = text.partition(f";; {title} SECTION:\n")
    return tuple(_row(line) for line in rest.partition("\n\n")[0].splitlines())


def _row(line: str) -> Row:
    name, ttl, _, kind, data = line.split(None, 4)
    return Row(name, int(ttl), kind, data)
