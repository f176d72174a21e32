"""Links: the brief form (``endpoints: ["a:eth1", "b:eth1"]``) and the extended (``type: veth``).

Impairments stand under ``vars.netplay`` of the link, since containerlab refuses other keys there.
They count for both directions; ``forward`` (first end to second) and ``backward`` come on top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netplay.compiler import known, words
from netplay.compiler.cells import At, Cell
from netplay.compiler.nodes import netplay_of
from netplay.compiler.raw import RawInterface, RawLink
from netplay.model import Impairment, InterfaceAddress

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

UNITS: Mapping[str, Callable[[str], float]] = {
    "delay": words.duration,
    "jitter": words.duration,
    "loss": words.share,
    "duplicate": words.share,
    "reorder": words.share,
    "corrupt": words.share,
    "rate": words.rate,
    "queue": words.packets,
}
_FAMILIES = {"ipv4": 4, "ipv6": 6}
_DIRECTIONS = ("forward", "backward")
OWN_KEYS = (*UNITS, *_DIRECTIONS)
_ELSEWHERE = dict.fromkeys(OWN_KEYS, "vars.netplay")
LINK_KEYS = frozenset({"type", "endpoints", "mtu", "ipv4", "ipv6", "vars", "labels"})
END_KEYS = frozenset({"node", "interface", "mac", "ipv4", "ipv6", "vars"})


def parse_links(
    cell: Cell | None, nodes: Mapping[str, object], warnings: list[At[str]]
) -> list[RawLink]:
    """Every link of the lab; links to what lies outside become warnings."""
    links = []
    for item in cell.list() if cell else ():
        entries = item.mapping(LINK_KEYS | known.OUTSIDE_KEYS, _ELSEWHERE)
        if _leads_outside(entries, nodes):
            text = f"the link {_named(entries)} is left out: a lab touches nothing outside itself"
            warnings.append(At(text, item.where))
        elif (link := _link(item, entries)) is not None:
            links.append(link)
    return links


def _leads_outside(entries: Mapping[str, Cell], nodes: Mapping[str, object]) -> bool:
    if "type" in entries and str(entries["type"].data) in known.OUTSIDE_LINKS:
        return True
    ends = entries["endpoints"].data if "endpoints" in entries else None
    names = [str(end).partition(":")[0] for end in ends] if isinstance(ends, list) else []
    return any(name in known.OUTSIDE_NODES and name not in nodes for name in names)


def _named(entries: Mapping[str, Cell]) -> str:
    """The link as a person would name it, whatever its form."""
    if "endpoints" in entries:
        return " ".join(str(end.data) for end in entries["endpoints"].items())
    end = entries["endpoint"].data if "endpoint" in entries else None
    if isinstance(end, dict):
        end = f"{end.get('node')}:{end.get('interface')}"
    return f"{end or 'without an end'} ({entries['type'].data})"


def _link(item: Cell, entries: Mapping[str, Cell]) -> RawLink | None:
    for name in sorted(known.OUTSIDE_KEYS & entries.keys()):
        entries[name].refuse(f"'{name}' is no part of a link between two nodes", key=True)
    if "type" in entries:
        entries["type"].word(("veth", *sorted(known.OUTSIDE_LINKS)), "type of link")
    if "endpoints" not in entries:
        if isinstance(item.data, dict):
            item.refuse('a link needs endpoints, as in \'["h1:eth1", "h2:eth1"]\'')
        return None
    cells = entries["endpoints"].list()
    if isinstance(entries["endpoints"].data, list) and len(cells) != 2:
        entries["endpoints"].refuse(f"a link has two endpoints, not {len(cells)}")
    ends = [_end(cell) for cell in cells]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return None
    a, b = ends[0], ends[1]
    for family, version in _FAMILIES.items():
        if given := _family(entries, family):
            _place_addresses(given, version, (a, b))
    if "mtu" in entries and (mtu := entries["mtu"].integer()) is not None:
        if not 68 <= mtu <= 65535:
            entries["mtu"].refuse(f"mtu {mtu} is not between 68 and 65535")
        else:
            a.mtu = b.mtu = mtu
    forward, backward = _impairments(netplay_of(entries.get("vars"), OWN_KEYS))
    return RawLink(where=item.where, a=a, b=b, forward=forward, backward=backward)


def _end(cell: Cell) -> RawInterface | None:
    if isinstance(cell.data, dict):
        return _extended_end(cell)
    text = cell.text()
    node, _, interface = (text or "").partition(":")
    if not node or not interface:
        if text is not None:
            cell.refuse(f"'{text}' is not an endpoint as in 'h1:eth1'")
        return None
    return RawInterface(node=node, name=interface, where=cell.where)


def _extended_end(cell: Cell) -> RawInterface | None:
    entries = cell.mapping(END_KEYS)
    node, interface = (entries[k].text() if k in entries else None for k in ("node", "interface"))
    for key in ("node", "interface"):
        if key not in entries:
            cell.refuse(f"an endpoint needs '{key}', as in '{{node: h1, interface: eth1}}'")
    if node is None or interface is None:
        return None
    end = RawInterface(node=node, name=interface, where=cell.where)
    if "mac" in entries:
        end.mac = entries["mac"].parsed(words.mac)
    for family, version in _FAMILIES.items():
        given = _family(entries, family)
        if given and (at := given.parsed(_of_version(version))) is not None:
            end.addresses.append(at)
    netplay_of(entries.get("vars"), (), dict.fromkeys(UNITS, "vars.netplay of the link"))
    return end


def _family(entries: Mapping[str, Cell], family: str) -> Cell | None:
    """The addresses of one family; containerlab had them among the ``vars`` at first."""
    if family in entries or "vars" not in entries:
        return entries.get(family)
    return entries["vars"].mapping().get(family)


def _place_addresses(cell: Cell, version: int, ends: tuple[RawInterface, RawInterface]) -> None:
    items = cell.list()
    if len(items) > 2:
        cell.refuse(f"a link has two endpoints, but {len(items)} addresses are given")
    for end, item in zip(ends, items, strict=False):
        # containerlab: an empty string leaves that end alone.
        if item.data not in (None, "") and (at := item.parsed(_of_version(version))) is not None:
            end.addresses.append(at)


def _of_version(version: int) -> Callable[[str], InterfaceAddress]:
    def parse(text: str) -> InterfaceAddress:
        found = words.interface_address(text)
        if found.version != version:
            raise ValueError(f"'{text}' is not an IPv{version} address")
        return found

    return parse


def _impairments(entries: Mapping[str, Cell]) -> tuple[Impairment, Impairment]:
    """What is wrong with the two directions of a link."""
    both = _values(entries)
    one_way = [
        _values(entries[name].mapping(UNITS)) if name in entries else {} for name in _DIRECTIONS
    ]
    forward, backward = (Impairment(**{**both, **values}) for values in one_way)
    return forward, backward


def _values(entries: Mapping[str, Cell]) -> dict[str, Any]:
    found = ((name, entries[name].parsed(unit)) for name, unit in UNITS.items() if name in entries)
    return {name: at.value for name, at in found if at is not None}
