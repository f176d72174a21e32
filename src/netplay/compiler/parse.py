"""The document as a whole → the raw form."""

from __future__ import annotations

import os.path

from netplay.compiler import known
from netplay.compiler.cells import At, Cell, Problems
from netplay.compiler.lab import lab_cell, parse_lab
from netplay.compiler.links import parse_links
from netplay.compiler.node_words import Services, Setting
from netplay.compiler.nodes import parse_nodes
from netplay.compiler.raw import RawNode, RawTopology
from netplay.compiler.read import Document
from netplay.errors import suggestion

_NEEDED = {
    "name": "a topology needs a name, as in 'name: cafe'",
    "topology": "a topology needs a 'topology' with nodes and links",
}
_TOPOLOGY_KEYS = ("defaults", "kinds", "groups", "nodes", "links")


def parse(document: Document, problems: Problems, services: Services | None) -> RawTopology:
    """The raw form of *document*; mistakes of shape are added to *problems*."""
    top = Cell(document.data, (), problems)
    entries = top.mapping({"name", "topology"} | known.TOP_UNUSED)
    name = entries["name"].text() if "name" in entries else None
    # After a mistyped key it is not said again that something is missing.
    for key, message in _NEEDED.items() if not problems.found else ():
        if key not in entries:
            top.refuse(message)
    if name is not None and (not name.strip(" .") or "/" in name):
        # It becomes the name of a folder, and a word on the command line.
        entries["name"].refuse(f"'{name}' cannot be the name of a lab")
    topology = entries["topology"].mapping(_TOPOLOGY_KEYS) if "topology" in entries else {}
    folder = os.path.dirname(os.path.abspath(document.file)) if document.file else os.getcwd()
    nodes = parse_nodes(topology, Setting(folder, services))
    if "topology" in entries and not nodes:
        entries["topology"].refuse("a topology needs at least one node under 'nodes'")
    warnings = _warnings(nodes, topology.get("groups"))
    links = parse_links(topology.get("links"), nodes, warnings)
    lab = parse_lab(lab_cell(topology.get("defaults")))
    return RawTopology(name=name or "", nodes=nodes, links=links, lab=lab, warnings=warnings)


def _warnings(nodes: dict[str, RawNode], groups: Cell | None) -> list[At[str]]:
    """What the file asks for and netplay does not have, one sentence for each word."""
    found: list[At[str]] = []
    for word, reason in known.UNUSED.items():
        users = [node for node in nodes.values() if word in node.config.places]
        if users:
            names = ", ".join(node.name for node in users)
            where = users[0].config.places[word]
            found.append(At(f"'{word}' is not used: {reason} ({names})", where))
    for node in nodes.values():
        found += _kind_warnings(node)
        found += node.config.unpublished
        group = node.config.group
        described = groups.mapping() if groups else {}
        if group and described and group.value not in described:
            tail = suggestion(group.value, described)
            found.append(At(f"the group '{group.value}' is not described{tail}", group.where))
    return found


def _kind_warnings(node: RawNode) -> list[At[str]]:
    kind = node.config.kind
    if kind is None:
        return []
    if kind.value in known.VENDORS:
        text = f"{node.name} runs Debian in the place of '{kind.value}'"
        return [At(text, kind.where)]
    if kind.value == known.HOST:
        text = f"{node.name} is a node of its own: a lab never touches the computer it runs on"
        return [At(text, kind.where)]
    return []
