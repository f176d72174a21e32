"""The ladder as a picture: SVG by itself, or a page with the picture in it.

Both are one file without a script, a font or an address to fetch, so that they open from a
report, a mail or a disk. Colours follow the reader's light or dark setting. Every packet is a
list item that can be reached with the keyboard and reads itself out; hovering over it or focusing
it shows a card with all that was seen of it. SVG has no z-order but that of its text, so the
cards stand at the end, and one CSS rule a packet ties it to its card.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as _html

from netplay.capture.escaping import escape
from netplay.capture.ladder import Gap, Hop, Ladder, Row
from netplay.capture.ladder_style import PAGE_STYLE, STYLE
from netplay.capture.ladder_text import to_text

_TIME, _LANE, _TOP, _ROW, _NOTE = 92, 188, 84, 46, 16  # pixels
_SLOPE = 9  # how far an arrow falls from its sender to its last stop
_CHARACTER = 7.6  # the widest of the common sans-serif fonts, at this size
_CARD_LINE, _CARD_CHARACTER = 15, 6.7


def to_svg(ladder: Ladder, prefix: str = "p") -> str:
    """The picture as an SVG document. *prefix* keeps the ids of two in one page apart."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _Picture(ladder, prefix).svg()


def to_html(ladder: Ladder) -> str:
    """A page with the picture, and the same as text for those who cannot use it."""
    title = _html(ladder.title or "What happened on the wire")
    text = _html(to_text(ladder, 140))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{_conversations(ladder)}"
        f"<figure>\n{_Picture(ladder, 'p').svg()}</figure>\n"
        f"<details><summary>The same as text</summary><pre>{text}</pre></details>\n"
        "</main>\n</body>\n</html>\n"
    )


def _conversations(ladder: Ladder) -> str:
    lines = []
    for found in ladder.conversations:
        ends = _html(f"{found.protocol} {found.client} → {found.server}")
        sent, got = found.size(from_client=True), found.size(from_client=False)
        state = f"{found.state}, " if found.state else ""
        lines.append(f"<li>{ends}<span>{state}{sent} bytes sent, {got} received</span></li>\n")
    return f"<ul>\n{''.join(lines)}</ul>\n" if lines else ""


class _Picture:
    """Places are counted in pixels; the picture scales with its container."""

    def __init__(self, ladder: Ladder, prefix: str) -> None:
        self._ladder, self._id = ladder, prefix
        self._names = [escape(lane.name) for lane in ladder.lanes]
        self._width = _TIME + _LANE * max(len(self._names), 1)
        self._told: set[object] = set()
        self._bottom = _TOP

    def svg(self) -> str:
        """The <svg> element."""
        rows, places, rules = [], [], []
        for index, row in enumerate(self._ladder.rows):
            if isinstance(row, Gap):
                rows.append(self._gap(row))
                continue
            top = self._bottom
            rows.append("".join(self._row(index, row)))
            places.append((index, row, top, self._bottom))
            name, card = f"#{self._id}{index}", f"#{self._id}c{index}"
            rules.append(f"{name}:hover~.cards {card},{name}:focus~.cards {card}")
        cards = [self._card(*place) for place in places]
        height = self._bottom + 24
        rule = ",".join(rules) + "{visibility:visible}" if rules else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {height}" '
            f'width="{self._width}" height="{height}" role="list" class="ladder" '
            f'aria-label="{_html(self._ladder.title or "Ladder diagram")}">\n'
            f"<style>{STYLE}{rule}</style>\n"
            f'<rect class="paper" width="{self._width}" height="{height}"/>\n'
            f'<text class="time" x="{_TIME - 18}" y="{_TOP - 38}">ms</text>\n'
            f'{"".join(self._lanes())}{"".join(rows)}<g class="cards">\n{"".join(cards)}</g>\n'
            "</svg>\n"
        )

    def _x(self, lane: int) -> int:
        return _TIME + _LANE // 2 + _LANE * lane

    def _lanes(self) -> Iterator[str]:
        for number, (lane, name) in enumerate(zip(self._ladder.lanes, self._names, strict=True)):
            x, end = self._x(number), self._bottom + 10
            address = str(lane.addresses[0]) if lane.addresses else ""
            more = f" +{len(lane.addresses) - 1}" if len(lane.addresses) > 1 else ""
            yield f'<path class="life" d="M{x} {_TOP - 28}V{end}"/>\n'
            yield f'<rect class="head" x="{x - 76}" y="12" width="152" height="44" rx="8"/>\n'
            yield f'<text class="name" x="{x}" y="31">{_html(_cut(name, 18))}</text>\n'
            yield f'<text class="address" x="{x}" y="47">{_html(_cut(address + more, 24))}</text>\n'

    def _gap(self, gap: Gap) -> str:
        y = self._bottom + 20
        self._bottom += 36
        return f'<text class="gap" x="{self._x(0)}" y="{y}">… {gap.count} more packets</text>\n'

    def _row(self, index: int, row: Row) -> Iterator[str]:
        top, below = self._bottom, self._below(row)
        height = _ROW + _NOTE * len(below)
        self._bottom += height
        left = self._x(row.left)
        label = " · ".join((row.label, *row.notes))
        style = (
            f"row {row.kind}" + (" again" if row.repeated else "") + (" bad" if row.drop else "")
        )
        said = [f"{row.time * 1000:.3f} ms", f"{row.source} to {row.destination}", label,
                *(words for _, words in below)]  # fmt: skip
        yield (
            f'<g id="{self._id}{index}" class="{style}" role="listitem" tabindex="0" '
            f'aria-label="{_html(", ".join(said))}">\n'
            f'<rect class="hit" y="{top}" width="{self._width}" height="{height}"/>\n'
            f'<text class="time" x="{_TIME - 18}" y="{top + 31}">{row.time * 1000:.3f}</text>\n'
        )
        words = _html(_cut(label, int((self._width - 16) / _CHARACTER)))
        # Over the beginning of the arrow; in the last lanes as far to the right as there is room
        start, anchor = left + 8, ""
        if start + len(label) * _CHARACTER > self._width - 8:
            start, anchor = self._width - 8, ' text-anchor="end"'
        yield f'<text class="label" x="{start}" y="{top + 17}"{anchor}>{words}</text>\n'
        yield from self._arrows(row, top + 25)
        for line, (name, words) in enumerate(below):
            y = top + _ROW + 6 + line * _NOTE
            yield f'<text class="{name}" x="{left + 8}" y="{y}">{_html(words)}</text>\n'
        yield "</g>\n"

    def _below(self, row: Row) -> list[tuple[str, str]]:
        """What is written under the arrow: why it was dropped, and NAT when it is new."""
        lines = [("why", f"✗ {row.drop.reason}")] if row.drop else []
        for rewrite in row.rewrites:
            if (rewrite, row.conversation) not in self._told:
                self._told.add((rewrite, row.conversation))
                node = escape(rewrite.node)
                lines.append(("nat", f"◆ {node}: {rewrite.field} {rewrite.old} → {rewrite.new}"))
        return lines

    def _arrows(self, row: Row, y: int) -> Iterator[str]:
        if not row.hops:
            yield f'<circle class="tip" cx="{self._x(row.lane)}" cy="{y}" r="4"/>\n'
        fall = _SLOPE / max(len(row.hops), 1)
        heights = {hop.target: y + fall * (step + 1) for step, hop in enumerate(row.hops)}
        for step, hop in enumerate(row.hops):
            yield from self._arrow(hop, y + fall * step, y + fall * (step + 1))
        changed = {rewrite.node for rewrite in row.rewrites}
        for lane, name in enumerate(self._names):
            if name in changed:
                x, at = self._x(lane), heights.get(lane, y)
                yield f'<path class="diamond" d="M{x - 6} {at:.1f}l6 -6l6 6l-6 6z"/>\n'
        if row.drop and row.drop.toward is None:
            yield _cross(self._x(row.drop.lane), heights.get(row.drop.lane, y))

    def _arrow(self, hop: Hop, y: float, end: float) -> Iterator[str]:
        start, stop = self._x(hop.origin), self._x(hop.target)
        if start == stop:
            yield f'<path class="wire" d="M{start} {y:.1f}h26v{_SLOPE}h-20"/>\n'
            yield _head(start + 6, y + _SLOPE, -1)
            return
        if hop.lost:
            stop, end = start + (stop - start) * 2 // 3, y + (end - y) * 2 / 3
        yield f'<path class="wire" d="M{start} {y:.1f}L{stop} {end:.1f}"/>\n'
        yield _cross(stop, end) if hop.lost else _head(stop, end, 1 if stop > start else -1)
        if hop.ttl is not None:
            x, middle = (start + stop) // 2, (y + end) / 2
            corner = f'x="{x - 13}" y="{middle - 7:.1f}"'
            yield f'<rect class="tag" {corner} width="26" height="14" rx="7"/>\n'
            yield f'<text class="ttl" x="{x}" y="{middle + 3.5:.1f}">{hop.ttl}</text>\n'

    def _card_lines(self, row: Row) -> list[str]:
        lines = [f"{row.number}  {row.source} → {row.destination}  {row.length} bytes", row.label]
        lines.extend(f"· {note}" for note in row.notes)
        for seen in row.sightings:
            ttl = "" if seen.ttl is None else f" ttl {seen.ttl}"
            place = f"{seen.time * 1000:10.3f} ms  {seen.point:<12} {seen.direction:<3}"
            lines.append(f"{place} {seen.source} → {seen.destination}{ttl}")
        if row.drop:
            lines.append(f"✗ {row.drop.reason}")
        return [_cut(line, 118) for line in lines]

    def _card(self, index: int, row: Row, top: int, bottom: int) -> str:
        lines = self._card_lines(row)
        width = min(int(max(map(len, lines)) * _CARD_CHARACTER) + 24, self._width - 8)
        height = len(lines) * _CARD_LINE + 16
        # Below the packet, or above it where the picture ends, and the whole of it in view.
        y = bottom + 2 if bottom + height < self._bottom + 20 else max(top - height - 2, 2)
        x = max(4, min(_TIME, self._width - width - 4))
        spans = "".join(
            f'<tspan x="{x + 12}" y="{y + 18 + i * _CARD_LINE}">{_html(line)}</tspan>'
            for i, line in enumerate(lines)
        )
        return (
            f'<g id="{self._id}c{index}" class="card" aria-hidden="true"><rect x="{x}" y="{y}" '
            f'width="{width}" height="{height}" rx="8"/>'
            f'<text xml:space="preserve">{spans}</text></g>\n'
        )


def _head(x: float, y: float, way: int) -> str:
    return f'<path class="tip" d="M{x} {y:.1f}l{-9 * way} -4.5v9z"/>\n'


def _cross(x: float, y: float) -> str:
    return f'<path class="cross" d="M{x - 6} {y - 6:.1f}l12 12m0 -12l-12 12"/>\n'


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: max(size - 1, 1)] + "…"
