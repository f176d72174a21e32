"""What the page says against what was printed, both masked; ``[...]`` stands for any lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from netplay.lessons.masks import Masks, mask_all
from netplay.lessons.transcript import ELISION


def matches(page: Sequence[str], printed: Sequence[str], masks: Masks) -> bool:
    """Whether a body of the page is what was printed."""
    return _fits(mask_all(page, masks), mask_all(printed, masks))


def matching_start(page: Sequence[str], printed: Sequence[str], masks: Masks) -> int | None:
    """The fewest of the *printed* lines that are what the page says, None if none are."""
    wanted, seen = mask_all(page, masks), mask_all(printed, masks)
    fewest = len([line for line in wanted if line != ELISION])
    for count in range(fewest, len(seen) + 1):
        if _fits(wanted, seen[:count]):
            return count
    return None


def sorted_body(lines: Sequence[str], masks: Masks) -> list[str]:
    """Lines that may come in any order, in one that is always the same."""
    return sorted(lines, key=lambda line: mask_all([line], masks)[0])


def difference(
    page: Sequence[str], printed: Sequence[str], masks: Masks, *, file: str, line: int, title: str
) -> str:
    """A unified diff of an entry: what the page says (-), and what was printed (+).

    Lines that are equal but for what is masked are shown as the page has them.
    """
    wanted, seen = mask_all(page, masks), mask_all(printed, masks)
    text = [f"--- {file}:{line}  {title}", f"+++ printed now by  {title}"]
    matcher = difflib.SequenceMatcher(None, wanted, seen, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        (_, a, _, b, _), (_, _, a_end, _, b_end) = group[0], group[-1]
        text.append(f"@@ -{line + a},{a_end - a} +{line + b},{b_end - b} @@")
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                text += [f" {printable}" for printable in page[a1:a2]]
            else:
                text += [f"-{printable}" for printable in page[a1:a2]]
                text += [f"+{printable}" for printable in printed[b1:b2]]
    return "\n".join(text)


def merge(page: Sequence[str], printed: Sequence[str], masks: Masks) -> list[str]:
    """What the page should say: its own line where masks call it equal, else the printed one."""
    if matches(page, printed, masks):
        return list(page)
    wanted, seen = mask_all(page, masks), mask_all(printed, masks)
    merged: list[str] = []
    matcher = difflib.SequenceMatcher(None, wanted, seen, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        merged += page[a1:a2] if tag == "equal" else printed[b1:b2]
    return merged


def _fits(wanted: Sequence[str], seen: Sequence[str]) -> bool:
    """Greedy: each run of lines between two elisions at the first place where it is found."""
    runs: list[list[str]] = [[]]
    for line in wanted:
        if line == ELISION:
            runs.append([])
        else:
            runs[-1].append(line)
    first, last = runs[0], runs[-1]
    if len(runs) == 1:
        return first == list(seen)
    if len(first) + len(last) > len(seen) or list(seen[: len(first)]) != first:
        return False
    end = len(seen) - len(last)
    if list(seen[end:]) != last:
        return False
    position = len(first)
    for run in runs[1:-1]:
        place = _find(run, seen[position:end])
        if place is None:
            return False
        position += place + len(run)
    return True


def _find(run: Sequence[str], lines: Sequence[str]) -> int | None:
    for place in range(len(lines) - len(run) + 1):
        if list(lines[place : place + len(run)]) == list(run):
            return place
    return None
