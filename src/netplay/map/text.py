"""The map as text, for a terminal.

Every branch is a block of lines with an anchor, the column where its wire arrives. The blocks of
the children stand side by side; a bar joins their anchors; the label stands over the middle of
the bar. What is wider than the terminal is drawn as an outline instead, which always fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netplay.map.tree import Branch, Forest, forest, impairments_of
from netplay.model import Link, Role, Topology

_GAP = 3
# For terminals and fonts that have nothing else.
_ASCII = str.maketrans("┌┐┬┴┼├└─│↓↑±", "+++++|`-|v^~")


@dataclass(frozen=True, slots=True)
class _Block:
    lines: tuple[str, ...]  # all of the same length
    anchor: int

    @property
    def width(self) -> int:
        return len(self.lines[0])


def text_map(topology: Topology, width: int = 80, *, ascii_only: bool = False) -> str:
    """The map of *topology*, at most *width* columns wide where that is possible."""
    trees = forest(topology)
    parts = []
    for root in trees.roots:
        block = _draw(trees, root)
        lines = block.lines if block.width <= width else tuple(_outline(trees, root))
        parts.append("\n".join(line.rstrip() for line in lines))
    if trees.others:
        also = [" ".join([f"   {link.a} ─ {link.b}", *_wire(link)]) for link in trees.others]
        parts.append("\n".join(["and", *also]))
    text = "\n\n".join(parts) + "\n"
    return text.translate(_ASCII) if ascii_only else text


def _wire(link: Link | None) -> list[str]:
    return impairments_of(link, link.b.node) if link else []


def _label(trees: Forest, branch: Branch, parent: Branch | None) -> list[str]:
    """Name and address; on a switch the network, and below it only the end of the address."""
    node = branch.node
    if node.role is Role.SWITCH:
        network = trees.networks.get(node.name)
        return [node.name, str(network)] if network else [node.name]
    addresses = node.addresses
    if branch.lower is not None and node.role is Role.HOST:
        addresses = tuple(a.ip for a in node.interface(branch.lower.interface).addresses)
    if not addresses:
        return [node.name]
    first = str(addresses[0])
    network = trees.networks.get(parent.node.name) if parent else None
    if network is not None and addresses[0].version == 4 and network.prefixlen >= 24:
        first = "." + first.rpartition(".")[2]
    return [node.name, first]


def _draw(trees: Forest, branch: Branch, parent: Branch | None = None) -> _Block:
    label = _label(trees, branch, parent)
    if branch.link is not None:
        label = [*impairments_of(branch.link, branch.node.name), *label]
    if not branch.children:
        return _over(label, None)
    return _over(label, _row([_draw(trees, child, branch) for child in branch.children]))


def _over(label: list[str], below: _Block | None) -> _Block:
    """The label over the anchor of the block below it."""
    widest = max(len(line) for line in label)
    anchor = below.anchor if below else (widest - 1) // 2
    left = min(anchor - (len(line) - 1) // 2 for line in label)
    shift = max(0, -left)
    lines = [" " * (anchor + shift - (len(line) - 1) // 2) + line for line in label]
    lines += [" " * shift + line for line in below.lines] if below else []
    width = max(len(line) for line in lines)
    return _Block(tuple(line.ljust(width) for line in lines), anchor + shift)


def _row(blocks: list[_Block]) -> _Block:
    """The blocks side by side, under a bar that joins their anchors."""
    height = max(len(block.lines) for block in blocks)
    anchors = []
    column = 0
    for block in blocks:
        anchors.append(column + block.anchor)
        column += block.width + _GAP
    filled = [
        [*block.lines, *[" " * block.width] * (height - len(block.lines))] for block in blocks
    ]
    lines = [(" " * _GAP).join(parts) for parts in zip(*filled, strict=True)]
    middle = (anchors[0] + anchors[-1]) // 2
    bar = [_bar(column, anchors, middle) for column in range(len(lines[0]))]
    return _Block(("".join(bar), *lines), middle)


def _bar(column: int, anchors: list[int], middle: int) -> str:
    first, last = anchors[0], anchors[-1]
    if not first <= column <= last:
        return " "
    if first == last:
        return "│"
    if column == middle:
        return "┼" if column in anchors else "┴"
    if column == first:
        return "┌"
    if column == last:
        return "┐"
    return "┬" if column in anchors else "─"


def _outline(trees: Forest, branch: Branch, parent: Branch | None = None) -> Iterator[str]:
    wire = impairments_of(branch.link, branch.node.name) if branch.link else []
    yield "  ".join([*_label(trees, branch, parent), *wire])
    for child in branch.children:
        last = child is branch.children[-1]
        lines = _outline(trees, child, branch)
        yield ("└─ " if last else "├─ ") + next(lines)
        yield from (("   " if last else "│  ") + line for line in lines)
