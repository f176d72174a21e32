"""What changes from run to run, as named patterns: both sides of a comparison are masked.

A pattern's group called ``it`` is what is masked, or all of it if it has none. `SHARED` holds for
every chapter; a chapter adds its own in chapter.toml. Patterns are kept narrow: a mask that
hides too much hides mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

Masks = Mapping[str, re.Pattern[str]]

# Linux gives clients ports from 32768 to 60999 (net.ipv4.ip_local_port_range, ip(7)).
_EPHEMERAL = r"(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})"
_BEFORE_PORT = r"(?:', ?|[\]\d]:|(?:\d+\.){4}|\bport[ =:]+)"

SHARED: Masks = MappingProxyType(
    {
        name: re.compile(pattern)
        for name, pattern in {
            # ('10.25.1.65', 41234) · 10.25.1.65:41234 · tcpdump's 10.25.1.65.41234 · port 41234
            "port": rf"{_BEFORE_PORT}(?P<it>{_EPHEMERAL})(?![\d.]*\d)",
            "time": r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b",
            "date": r"\b20\d\d-\d\d-\d\d\b",
            "http date": r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} 20\d\d\b",
            # the common log format of web servers: [22/Nov/2026 12:34:56], or a colon between
            "log date": r"(?<=\[)\d\d/[A-Z][a-z]{2}/20\d\d\b",
            # with the blanks before it: figures stand in columns
            "ms": r"(?P<it> *\d+(?:\.\d+)?(?:/\d+\.\d+)*)(?= ?ms\b)",
            "seconds": r"(?P<it>(?: +|\b)\d+\.\d+)(?= (?:s|sec|seconds)\b)",
            "pid": r"\bpid[ =](?P<it>\d+)",
            "memory address": r"\b0x[0-9a-f]{8,16}\b",
        }.items()
    }
)


def mask(line: str, masks: Masks) -> str:
    """*line* with the name of a mask in the place of what it hides, as ``<port>``."""
    for name, pattern in masks.items():
        line = pattern.sub(_hider(name), line)
    return line.rstrip()


def mask_all(lines: Sequence[str], masks: Masks) -> list[str]:
    """`mask` for each line."""
    return [mask(line, masks) for line in lines]


def _hider(name: str) -> Callable[[re.Match[str]], str]:
    def hide(found: re.Match[str]) -> str:
        whole = found[0]
        if "it" not in found.re.groupindex:
            return f"<{name}>"
        start, end = (position - found.start() for position in found.span("it"))
        return f"{whole[:start]}<{name}>{whole[end:]}"

    return hide
