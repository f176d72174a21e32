"""Writes what was printed into the page, and leaves all that is right as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netplay.lessons.compare import merge
from netplay.lessons.listing import symbol
from netplay.lessons.masks import Masks
from netplay.lessons.run import Outcome
from netplay.lessons.transcript import ELISION, Listing


def rewritten(text: str, outcomes: Sequence[Outcome], masks: Masks, *, fresh: bool = False) -> str:
    """The page *text* with the bodies of *outcomes* brought up to date.

    Lines that differ only in what is masked stay, so that a page's history shows real changes;
    unless *fresh* figures are wanted, all from one run.
    """
    lines = text.split("\n")
    # From the end: a body that grows moves everything below it.
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.entry.line):
        entry = outcome.entry
        if outcome.equal and (not fresh or ELISION in entry.body):
            continue
        new = outcome.printed if fresh else merge(entry.body, outcome.printed, masks)
        first = entry.body_line - 1
        lines[first : first + len(entry.body)] = new
    return "\n".join(lines)


def with_listings(text: str, listings: Sequence[Listing], folder: Path) -> str:
    """The page with each ``python FILE:NAME`` fence as the file has it now."""
    lines = text.split("\n")
    for listing in sorted(listings, key=lambda listing: -listing.line):
        file = folder / listing.file
        if not listing.symbol or not file.is_file():
            continue
        wanted = symbol(file.read_text(encoding="utf-8"), listing.symbol)
        if wanted is not None:
            count = len(listing.text.splitlines())
            lines[listing.line : listing.line + count] = wanted.splitlines()
    return "\n".join(lines)
