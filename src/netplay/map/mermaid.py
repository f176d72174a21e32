"""The map in Mermaid, which GitHub and many editors draw inside Markdown."""

from __future__ import annotations

from netplay.map.tree import Forest, forest, impairments_of
from netplay.model import Link, Node, Role, Topology

# Flowchart shapes: a host is a box, a router has round ends, a switch is a hexagon.
_SHAPES = {Role.HOST: ('["', '"]'), Role.ROUTER: ('(["', '"])'), Role.SWITCH: ('{{"', '"}}')}
_STYLES = {
    Role.HOST: "fill:#eef6ff,stroke:#3b82c4,color:#0b2b47",
    Role.ROUTER: "fill:#fff4e0,stroke:#d08a1d,color:#4a2f05",
    Role.SWITCH: "fill:#f1f3f5,stroke:#868e96,color:#343a40",
}


def mermaid(topology: Topology) -> str:
    """A flowchart, from the core downwards."""
    trees = forest(topology)
    order = list(trees.walk())
    names = {branch.node.name: f"n{index}" for index, branch in enumerate(order)}
    lines = ["flowchart TD"]
    lines += [f"    {names[branch.node.name]}{_node(trees, branch.node)}" for branch in order]
    links = [
        (branch.upper, branch.lower, branch.link)
        for branch in order
        if branch.link and branch.upper and branch.lower
    ]
    links += [(link.a, link.b, link) for link in trees.others]
    lines += [f"    {names[a.node]} {_wire(link, b.node)} {names[b.node]}" for a, b, link in links]
    for role, style in _STYLES.items():
        members = [names[branch.node.name] for branch in order if branch.node.role is role]
        if members:
            lines.append(f"    classDef {role.value} {style}")
            lines.append(f"    class {','.join(members)} {role.value}")
    return "\n".join(lines) + "\n"


def _node(trees: Forest, node: Node) -> str:
    before, after = _SHAPES[node.role]
    second = next(iter(node.addresses), None) or trees.networks.get(node.name)
    text = node.name if second is None else f"{node.name}<br/>{second}"
    return f"{before}{text}{after}"


def _wire(link: Link, below: str) -> str:
    text = "<br/>".join(impairments_of(link, below))
    return f'-- "{text}" ---' if text else "---"
