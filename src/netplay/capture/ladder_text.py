"""The ladder on a terminal: two lines a packet, words above and arrows below.

      ms   h1             modemA             isp              www
            │                │                │                │
    0.000   │ SYN seq 0 h1:40000 > www:80     │                │
            ├────── 64 ─────▶◆────── 63 ─────▶├────── 62 ─────▶│

The numbers on the arrows are the TTL. ``◆`` is a node where NAT rewrote an address, ``✗`` the
place where the packet was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netplay.capture.escaping import escape
from netplay.capture.ladder import Gap, Hop, Kind, Ladder, Row

_MARGIN = 10  # columns for the time
_NARROWEST, _WIDEST = 40, 400


@dataclass(frozen=True, slots=True)
class _Pen:
    """The characters to draw with."""

    life: str = "│"
    wire: str = "─"
    cross: str = "┼"
    right: str = "▶"
    left: str = "◀"
    from_left: str = "├"
    from_right: str = "┤"
    nat: str = "◆"
    lost: str = "✗"
    loop: str = "↺"
    point: str = "●"
    arrow: str = "→"
    more: str = "…"
    dot: str = "·"


_UNICODE = _Pen()
_ASCII = _Pen("|", "-", "+", ">", "<", "+", "+", "*", "X", "@", "o", "->", "~", "-")


def text_lines(
    ladder: Ladder, width: int = 100, *, ascii: bool = False
) -> Iterator[tuple[str, str]]:
    """The lines of the drawing, each with what to colour it by.

    That is a ``Kind`` for the lines of a packet, ``lost`` for the reason of a drop, ``nat`` for a
    rewriting, ``again`` for a packet sent again, and ``frame`` for all else.
    """
    drawing = _Drawing(ladder, max(_NARROWEST, min(width, _WIDEST)), _ASCII if ascii else _UNICODE)
    yield from drawing.lines()


def to_text(ladder: Ladder, width: int = 100, *, ascii: bool = False) -> str:
    """The drawing in one piece, at most *width* characters wide, ending with a newline."""
    return "".join(line + "\n" for _, line in text_lines(ladder, width, ascii=ascii))


class _Drawing:
    def __init__(self, ladder: Ladder, width: int, pen: _Pen) -> None:
        self._ladder, self._width, self._pen = ladder, width, pen
        self._names = [escape(lane.name) for lane in ladder.lanes]
        self._places = _places(self._names, width)
        self._told: set[object] = set()  # rewritings that were explained already

    def lines(self) -> Iterator[tuple[str, str]]:
        if self._ladder.title:
            yield "frame", self._ladder.title[: self._width]
        if not self._places:
            yield "frame", "no nodes to draw"
            return
        yield "frame", self._head()
        for row in self._ladder.rows:
            if isinstance(row, Gap):
                yield Kind.GAP, self._write(f"{self._pen.more} {row.count} more packets", 0)
            else:
                yield from self._row(row)
        yield "frame", self._head()
        yield from (("frame", line) for line in self._foot())

    def _row(self, row: Row) -> Iterator[tuple[str, str]]:
        dot = f" {self._pen.dot} "
        style = "again" if row.repeated else str(row.kind)
        time = f"{row.time * 1000:9.3f} "
        label = dot.join((row.label, *row.notes))
        yield style, self._write(label, row.left, time)
        changed = {rewrite.node for rewrite in row.rewrites}
        stops = row.drop.lane if row.drop and row.drop.toward is None else None
        for run in _runs(row.hops):
            yield style, self._arrows(run, row.lane, changed, stops)
        if row.drop:
            yield "lost", self._write(f"{self._pen.lost} {row.drop.reason}", row.left)
        for rewrite in row.rewrites:
            key = (rewrite, row.conversation)
            if key not in self._told:
                self._told.add(key)
                words = f"{rewrite.old} {self._pen.arrow} {rewrite.new}"
                said = f"{self._pen.nat} {escape(rewrite.node)}: {rewrite.field} {words}"
                yield "nat", self._write(said, row.left)

    def _arrows(self, hops: Sequence[Hop], lane: int, changed: set[str], stops: int | None) -> str:
        cells, pen = self._blank(), self._pen
        if not hops:
            cells[self._places[lane]] = pen.point
        # The longest first: of a broadcast every arrowhead must stay visible.
        for hop in sorted(hops, key=lambda hop: -abs(hop.target - hop.origin)):
            self._arrow(cells, hop)
        for place, name in zip(self._places, self._names, strict=True):
            if name in changed:
                cells[place] = pen.nat
        if stops is not None:
            cells[self._places[stops]] = pen.lost
        return "".join(cells).rstrip()

    def _arrow(self, cells: list[str], hop: Hop) -> None:
        pen, start, stop = self._pen, self._places[hop.origin], self._places[hop.target]
        if start == stop:
            cells[start] = pen.loop
            return
        step = 1 if stop > start else -1
        if hop.lost:
            stop = start + (stop - start) * 2 // 3
        for place in range(start + step, stop, step):
            cells[place] = pen.cross if place in self._places else pen.wire
        cells[start] = pen.from_left if step > 0 else pen.from_right
        cells[stop - step] = pen.right if step > 0 else pen.left
        if hop.lost:
            cells[stop - step] = pen.lost
        ttl = "" if hop.ttl is None else f" {hop.ttl} "
        first = (start + stop - len(ttl) + 1) // 2
        low, high = min(start, stop) + 2, max(start, stop) - 2
        if low <= first and first + len(ttl) <= high:
            cells[first : first + len(ttl)] = ttl

    def _write(self, text: str, lane: int, time: str = "") -> str:
        """*text* over the lifelines, from the given column on, moved left if it is too long."""
        cells = self._blank()
        text = f" {text} "
        room = self._width - _MARGIN
        if len(text) > room:
            text = text[: room - 1] + self._pen.more
        start = max(_MARGIN, min(self._places[lane] + 1, self._width - len(text)))
        cells[start : start + len(text)] = text
        return (time.ljust(_MARGIN) + "".join(cells[_MARGIN:]))[: self._width].rstrip()

    def _blank(self) -> list[str]:
        cells = [" "] * self._width
        for place in self._places:
            cells[place] = self._pen.life
        return cells

    def _head(self) -> str:
        cells = list("       ms ".ljust(self._width))
        room = min((b - a for a, b in zip(self._places, self._places[1:], strict=False)),
                   default=self._width) - 1  # fmt: skip
        for name, place in zip(self._names, self._places, strict=True):
            short = name if len(name) <= room else name[: max(room - 1, 1)] + self._pen.more
            start = min(place - len(short) // 2, self._width - len(short))
            cells[start : start + len(short)] = short
        return "".join(cells)[: self._width].rstrip()

    def _foot(self) -> Iterator[str]:
        rows = [row for row in self._ladder.rows if isinstance(row, Row)]
        signs = []
        if any(hop.ttl is not None for row in rows for hop in row.hops):
            signs.append("numbers on arrows: TTL")
        if any(row.rewrites for row in rows):
            signs.append(f"{self._pen.nat} NAT")
        if any(row.drop for row in rows):
            signs.append(f"{self._pen.lost} lost")
        if signs:
            yield "   ".join(signs)
        for found in self._ladder.conversations:
            if found.state:
                ends = f"{found.client} {self._pen.arrow} {found.server}"
                sent, got = found.size(from_client=True), found.size(from_client=False)
                line = f"{found.protocol} {ends}: {found.state}, {sent} bytes sent, {got} received"
                yield line[: self._width]


def _places(names: Sequence[str], width: int) -> list[int]:
    """Where the lifelines stand: evenly, with room for half a name at either side."""
    if not names:
        return []
    room = (width - _MARGIN) // len(names)
    left = _MARGIN + min(len(names[0]), room) // 2 + 1
    right = width - 2 - min(len(names[-1]), room) // 2
    if len(names) == 1:
        return [left]
    return [left + (right - left) * i // (len(names) - 1) for i in range(len(names))]


def _runs(hops: Sequence[Hop]) -> list[list[Hop]]:
    """The hops in pieces that go one way: each piece is one line."""
    runs: list[list[Hop]] = [] if hops else [[]]
    way = 0
    for hop in hops:
        new = (hop.target > hop.origin) - (hop.target < hop.origin)
        if not runs or (way and new and new != way):
            runs.append([])
            way = new
        runs[-1].append(hop)
        way = way or new
    return runs
