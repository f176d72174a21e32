"""Colours for lines of packets and ladders; none on a pipe, nor where NO_COLOR is set."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

# SGR parameters (ECMA-48 §8.3.117) by the styles of `Live` and the kinds of `text_lines`.
_PENS = {
    "time": "2", "point": "36", "direction": "2", "protocol": "1", "note": "33", "warning": "31",
    "open": "32", "close": "32", "reset": "31", "http": "35", "tls": "35", "dns": "34",
    "icmp": "33", "arp": "2", "frame": "1", "lost": "1;31", "nat": "36", "again": "33",
    "good": "32", "bad": "1;31",
}  # fmt: skip


def painted(pieces: Iterable[tuple[str, str]]) -> str:
    """(style, text) pairs as one string, in colour where that is wanted."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return "".join(
        f"\x1b[{_PENS[style]}m{text}\x1b[m" if wanted and style in _PENS else text
        for style, text in pieces
    )
