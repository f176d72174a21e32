"""The pictures of a chapter: data beside the page, ``NAME.diagram.toml`` → ``NAME.svg``.

Two kinds. A *ladder* has one vertical line for each party and an arrow for each message, in the
order of time. *Boxes* are rows of labelled boxes, for layers and the bytes of a packet. Pictures
carry their own background, so they can be read on a light page and on a dark one; whoever
prefers dark gets dark ones (Media Queries 5, prefers-color-scheme).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from netplay.errors import LessonError, suggestion

_SUFFIX = ".diagram.toml"
_STYLE = """\
  <style>
    svg { --paper: #ffffff; --edge: #d1d9e0; --ink: #1f2328; --soft: #59636e;
          --line: #0969da; --fill: #ddf4ff; --warm: #bc4c00; --warmfill: #fff1e5; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #151b23; --edge: #3d444d; --ink: #f0f6fc; --soft: #9198a1;
            --line: #58a6ff; --fill: #121d2f; --warm: #ffa657; --warmfill: #2b1d0e; } }
    text { font: 14px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
    .code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; }
    .soft { fill: var(--soft); font-size: 12.5px; }
    .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
    .head { font-weight: 600; }
    .paper { fill: var(--paper); stroke: var(--edge); }
    .life { stroke: var(--edge); stroke-width: 2; }
    .box { fill: var(--fill); stroke: var(--line); }
    .plain { fill: var(--paper); stroke: var(--edge); }
    .warm { fill: var(--warmfill); stroke: var(--warm); }
    .arrow { stroke: var(--line); stroke-width: 1.75; fill: none; }
    .tip { fill: var(--line); }
    .lost { stroke: var(--warm); stroke-width: 1.75; fill: none; }
    .tiplost { fill: var(--warm); }
  </style>"""
_MARGIN = 16
_LADDER_KEYS = ("from", "to", "text", "lost", "note", "at")


def draw(words: Mapping[str, Any], where: str = "") -> str:
    """The SVG of one diagram's data. Raises LessonError if the data is not as it should be."""
    kinds = {"ladder": _ladder, "boxes": _boxes}
    kind = words.get("kind", "")
    if kind not in kinds:
        raise LessonError(
            f"{where}: kind = {kind!r} is no kind of diagram" + suggestion(kind, kinds)
        )
    try:
        width, height, shapes = kinds[kind](words)
    except KeyError as error:
        raise LessonError(f"{where}: {error} is missing, or is no party's name") from None
    title = escape(str(words.get("title", "")))
    frame = (
        f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"/>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" aria-label="{title}">',
            f"  <title>{title}</title>",
            _STYLE,
            *(f"  {shape}" for shape in (frame, *shapes)),
            "</svg>\n",
        ]
    )


def diagrams(folder: Path) -> Iterator[tuple[Path, str]]:
    """For each diagram of a chapter its SVG file, and what should be in it."""
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        words = tomllib.loads(file.read_text(encoding="utf-8"))
        yield file.with_name(file.name.removesuffix(_SUFFIX) + ".svg"), draw(words, str(file))


def mistakes(folder: Path) -> Iterator[str]:
    """A sentence for each picture that is not what its data says."""
    for file, wanted in diagrams(folder):
        if not file.is_file() or file.read_text(encoding="utf-8") != wanted:
            yield f"{file}: not what its data says; try: netplay lesson update"


# ------------------------------------------------------------ ladder


def _ladder(words: Mapping[str, Any]) -> tuple[int, int, list[str]]:
    parties: Sequence[str] = words["parties"]
    gap = int(words.get("gap", 260))
    widths = {party: max(160, 9 * len(party) + 28) for party in parties}
    aside = max(widths[parties[0]], widths[parties[-1]]) // 2 + 4
    xs = {party: _MARGIN + aside + number * gap for number, party in enumerate(parties)}
    width = xs[parties[-1]] + aside + _MARGIN
    y = _MARGIN + 38
    shapes: list[str] = []
    for step in words["step"]:
        for key in step:
            if key not in _LADDER_KEYS:
                raise KeyError(f"step key {key!r}")
        y += 40 if "note" not in step else 30
        shapes += _note(step, xs, y) if "note" in step else _arrow(step, xs, y)
    height = y + 34
    lines = [
        f'<line class="life" x1="{x}" y1="{_MARGIN + 34}" x2="{x}" y2="{height - 16}"/>'
        for x in xs.values()
    ]
    heads = [shape for party, x in xs.items() for shape in _head(party, x, widths[party])]
    return width, height, [*lines, *heads, *shapes]


def _head(party: str, x: int, wide: int) -> list[str]:
    left = x - wide // 2
    return [
        f'<rect class="box" x="{left}" y="{_MARGIN}" width="{wide}" height="34" rx="6"/>',
        _text(party, x, _MARGIN + 22, "head"),
    ]


def _arrow(step: Mapping[str, Any], xs: Mapping[str, int], y: int) -> list[str]:
    start, end = xs[step["from"]], xs[step["to"]]
    way = 1 if end > start else -1
    middle = (start + end) / 2
    label = _text(step.get("text", ""), middle, y - 7, "code halo")
    if step.get("lost"):
        stop = start + (end - start) * 0.72
        cross = f"M{stop - 6} {y - 6} l12 12 m0 -12 l-12 12"
        return [
            label,
            f'<path class="lost" stroke-dasharray="5 4" d="M{start} {y} H{stop}"/>',
            f'<path class="lost" d="{cross}"/>',
        ]
    tip = f"M{end} {y} l{-9 * way} -5 v10 z"
    return [
        label,
        f'<path class="arrow" d="M{start} {y} H{end - 8 * way}"/>',
        f'<path class="tip" d="{tip}"/>',
    ]


def _note(step: Mapping[str, Any], xs: Mapping[str, int], y: int) -> list[str]:
    x = xs[step["at"]]
    last = x == max(xs.values()) and len(xs) > 1
    anchor, shift = ("end", -10) if last else ("start", 10)
    return [_text(step["note"], x + shift, y - 4, "soft halo", anchor)]


# ------------------------------------------------------------ boxes


def _boxes(words: Mapping[str, Any]) -> tuple[int, int, list[str]]:
    width = int(words.get("width", 720))
    label_width = 118 if any("label" in row for row in words["row"]) else 0
    left, usable = _MARGIN + label_width, width - 2 * _MARGIN - label_width
    y = _MARGIN
    shapes: list[str] = []
    for row in words["row"]:
        tall = 52 if any("note" in box for box in row["boxes"]) else 34
        if "label" in row:
            shapes.append(_text(row["label"], _MARGIN, y + tall / 2 + 5, "soft", "start"))
        total = sum(box.get("width", 1) for box in row["boxes"])
        x = float(left)
        for box in row["boxes"]:
            wide = usable * box.get("width", 1) / total
            shapes += _box(box, x, y, wide, tall)
            x += wide
        y += tall + 10
    return width, y - 10 + _MARGIN, shapes


def _box(box: Mapping[str, Any], x: float, y: int, wide: float, tall: int) -> list[str]:
    if not box.get("text"):
        return []
    style = {"plain": "plain", "warm": "warm"}.get(box.get("tone", ""), "box")
    middle = x + wide / 2
    size = f'width="{wide - 4:g}" height="{tall}"'
    shapes = [
        f'<rect class="{style}" x="{x + 2:g}" y="{y}" {size} rx="5"/>',
        _text(box["text"], middle, y + 22, "head"),
    ]
    if "note" in box:
        shapes.append(_text(box["note"], middle, y + 42, "soft"))
    return shapes


def _text(text: str, x: float, y: float, style: str, anchor: str = "middle") -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
