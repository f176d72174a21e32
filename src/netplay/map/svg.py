"""The map as one self-contained SVG: no script, no font, no file beside it.

A tidy tree: leaves stand side by side, a parent over the middle of its children. The sizes come
from the texts (a monospaced digit is 0.6 em wide), so nothing overlaps whatever the names are.
Colours follow the reader's light or dark setting. Every node and wire carries its name in
``data-node`` and ``data-link``, for pages that bring the map to life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from netplay.map.tree import Branch, Forest, forest, impairments_of
from netplay.model import Link, Node, Role, Topology

_GAP = 18  # between two cards
_DROP = 74  # from one row of cards to the next
_BEND = 20  # below a card, where its wires part
_HEIGHT = {Role.HOST: 58, Role.ROUTER: 58, Role.SWITCH: 34}
_MARGIN = 24
_TITLE = 40

_STYLE = """
  .map { --paper: #ffffff; --ink: #1c2733; --dim: #64748b; --wire: #94a3b8; --warn: #c2410c;
         --host: #e8f1fb; --host-line: #3b82c4; --router: #fdf1dc; --router-line: #d08a1d;
         --switch: #eef1f4; --switch-line: #7b8794;
         font: 13px ui-sans-serif, system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) {
    .map { --paper: #0f1720; --ink: #e6edf3; --dim: #9fb0c0; --wire: #4b5b6b; --warn: #fb923c;
           --host: #14273a; --host-line: #5aa2e0; --router: #33260f; --router-line: #e0a84a;
           --switch: #1d2730; --switch-line: #8b98a5; } }
  .map .paper { fill: var(--paper); }
  .map text { fill: var(--ink); text-anchor: middle; }
  .map .title { font-size: 16px; font-weight: 600; text-anchor: start; }
  .map .name { font-weight: 600; }
  .map .address, .map .port { font: 10.5px ui-monospace, monospace; }
  .map .address { fill: var(--dim); }
  .map .port { font-size: 9px; fill: var(--dim); text-anchor: start; }
  .map .wire { fill: none; stroke: var(--wire); stroke-width: 2; stroke-linejoin: round; }
  .map .ring { stroke-dasharray: 5 4; }
  .map .impaired { stroke: var(--warn); }
  .map .impairment { font: 10px ui-monospace, monospace; fill: var(--warn); text-anchor: start; }
  .map .card { stroke-width: 1.5; }
  .map .host .card { fill: var(--host); stroke: var(--host-line); }
  .map .router .card { fill: var(--router); stroke: var(--router-line); }
  .map .switch .card { fill: var(--switch); stroke: var(--switch-line); }
  .map .badge { fill: var(--router-line); }
  .map .nat { font-size: 9px; font-weight: 700; fill: var(--paper); }
"""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a node stands: the middle of its card's upper edge."""

    branch: Branch
    x: float
    y: float
    width: float

    @property
    def height(self) -> int:
        return _HEIGHT[self.branch.node.role]


def svg(topology: Topology) -> str:
    """The text of an SVG file."""
    trees = forest(topology)
    canvas = _Canvas(trees)
    spots = canvas.spots
    width, height = max(canvas.width, 240.0), canvas.height
    size = f'width="{width:g}" height="{height:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" class="map" '
        f'{size} role="img" aria-label="map of {_e(topology.name)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" {size} rx="10"/>',
        f'<text class="title" x="{_MARGIN}" y="28">{_e(topology.name)}</text>',
        *(line for spot in spots.values() for line in _wire(spot, spots)),
        *(line for link in trees.others for line in _ring(link, spots)),
        *(line for spot in spots.values() for line in _card(trees, spot)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Canvas:
    """Where everything stands."""

    def __init__(self, trees: Forest) -> None:
        self._trees = trees
        self._rows = _rows(trees)
        self.spots: dict[str, _Spot] = {}
        left = float(_MARGIN)
        for root in trees.roots:
            _, right = self._place(root, left, 0)
            left = right + 2 * _GAP
        self.width = left - 2 * _GAP + _MARGIN
        self.height = max((s.y + s.height for s in self.spots.values()), default=0) + _MARGIN

    def _place(self, branch: Branch, left: float, depth: int) -> tuple[float, float]:
        """Put *branch* and all below it to the right of *left*; its middle and its right edge."""
        width = _card_width(self._trees, branch.node)
        below = len(self.spots)
        middles, edge = [], left
        for child in branch.children:
            middle, right = self._place(child, edge, depth + 1)
            middles.append(middle)
            edge = right + _GAP
        x = (middles[0] + middles[-1]) / 2 if middles else left + width / 2
        right = edge - _GAP if middles else left
        if x - width / 2 < left:
            # The card is wider than what is below it: everything below moves along.
            shift = left - (x - width / 2)
            for name in list(self.spots)[below:]:
                self.spots[name] = replace(self.spots[name], x=self.spots[name].x + shift)
            x, right = x + shift, right + shift
        self.spots[branch.node.name] = _Spot(branch, x, self._rows[depth], width)
        texts = impairments_of(branch.link, branch.node.name) if branch.link else []
        return x, max(right, x + width / 2, *(x + 8 + 6.1 * len(text) for text in texts), 0)


def _rows(trees: Forest) -> list[float]:
    """The upper edge of every row, which is as high as its highest card."""
    rows = [_TITLE + _MARGIN / 2]
    level = list(trees.roots)
    while level:
        rows.append(rows[-1] + max(_HEIGHT[branch.node.role] for branch in level) + _DROP)
        level = [child for branch in level for child in branch.children]
    return rows


def _lines(trees: Forest, node: Node) -> list[str]:
    """What a card says below the name: one address of each family, or the network."""
    if node.role is Role.SWITCH:
        network = trees.networks.get(node.name)
        return [str(network)] if network else []
    firsts = {address.version: str(address) for address in reversed(node.addresses)}
    return [firsts[version] for version in (4, 6) if version in firsts]


def _card_width(trees: Forest, node: Node) -> float:
    lines = _lines(trees, node)
    if node.role is Role.SWITCH:
        return 24 + 8 * len(node.name) + 6.5 * sum(len(line) + 2 for line in lines)
    return max(84.0, 24 + 8 * len(node.name), *(24 + 6.5 * len(line) for line in lines), 0)


def _card(trees: Forest, spot: _Spot) -> Iterator[str]:
    node = spot.branch.node
    left, middle = spot.x - spot.width / 2, spot.x
    yield f'<g class="{node.role.value}" data-node="{_e(node.name)}">'
    yield f"<title>{_e(_told(node))}</title>"
    radius = {Role.HOST: 6, Role.ROUTER: 18, Role.SWITCH: 17}[node.role]
    yield (
        f'<rect class="card" x="{left:g}" y="{spot.y:g}" width="{spot.width:g}" '
        f'height="{spot.height}" rx="{radius:g}"/>'
    )
    lines = _lines(trees, node)
    if node.role is Role.SWITCH:
        rest = "".join(f'<tspan class="address" dx="8">{_e(line)}</tspan>' for line in lines)
        yield (
            f'<text x="{middle:g}" y="{spot.y + 21:g}"><tspan class="name">{_e(node.name)}</tspan>'
            f"{rest}</text>"
        )
    else:
        first = spot.y + (22 if len(lines) > 1 else 28)
        yield f'<text class="name" x="{middle:g}" y="{first:g}">{_e(node.name)}</text>'
        for number, line in enumerate(lines, start=1):
            y = first + 1 + 14 * number
            yield f'<text class="address" x="{middle:g}" y="{y:g}">{_e(line)}</text>'
    if node.masquerade:
        x, y = left + spot.width - 34, spot.y - 7
        yield f'<rect class="badge" x="{x:g}" y="{y:g}" width="28" height="14" rx="7"/>'
        yield f'<text class="nat" x="{x + 14:g}" y="{y + 10.5:g}">NAT</text>'
    yield "</g>"


def _told(node: Node) -> str:
    """Everything about a node, for those who point at it."""
    lines = [" ".join(dict.fromkeys((node.name, *node.names)))]
    for interface in node.interfaces:
        if interface.addresses:
            lines.append(f"{interface.name} {' '.join(map(str, interface.addresses))}")
    if node.services:
        lines.append("runs " + ", ".join(use.name for use in node.services))
    return "\n".join(lines)


def _wire(spot: _Spot, spots: dict[str, _Spot]) -> Iterator[str]:
    """The wire from a node up to its parent, with the names of both ends."""
    branch = spot.branch
    if branch.link is None or branch.upper is None or branch.lower is None:
        return
    parent = spots[branch.upper.node]
    bottom = parent.y + parent.height
    bend = bottom + _BEND
    impairments = impairments_of(branch.link, branch.node.name)
    wrong = " impaired" if impairments else ""
    yield (
        f'<path class="wire{wrong}" data-link="{_e(branch.link.name)}" '
        f'd="M{parent.x:g} {bottom:g}V{bend:g}H{spot.x:g}V{spot.y:g}"/>'
    )
    ends = [(spot.y - 5, branch.lower)]
    if parent.branch.node.role is not Role.SWITCH:
        ends.append((bend + 12, branch.upper))
    if branch.node.role is Role.SWITCH:
        ends = ends[1:]
    for y, end in ends:
        yield f'<text class="port" x="{spot.x + 5:g}" y="{y:g}">{_e(end.interface)}</text>'
    for number, text in enumerate(impairments):
        y = bend + 24 + 11 * number
        yield f'<text class="impairment" x="{spot.x + 5:g}" y="{y:g}">{_e(text)}</text>'


def _ring(link: Link, spots: dict[str, _Spot]) -> Iterator[str]:
    """A link that is in no tree. Its ends are in the same row or in two that follow each other."""
    a, b = sorted((spots[link.a.node], spots[link.b.node]), key=lambda spot: spot.y)
    start = a.y + a.height
    if a.y < b.y:
        end, low, high = b.y, b.y - _BEND, start + _BEND
    else:
        end = b.y + b.height
        low = high = max(start, end) + _DROP / 2
    texts = impairments_of(link, link.b.node)
    yield (
        f'<path class="wire ring{" impaired" if texts else ""}" data-link="{_e(link.name)}" '
        f'd="M{a.x:g} {start:g}C{a.x:g} {low:g} {b.x:g} {high:g} {b.x:g} {end:g}">'
        f"<title>{_e(' '.join([link.name, *texts]))}</title></path>"
    )


def _e(text: str) -> str:
    return escape(text, quote=True)
