"""Nodes: from cells to `NodeConfig`, one level at a time, and the levels laid over each other.

containerlab looks a word up on the node, then in its group, its kind and the defaults. Scalars
of the nearer level win; mappings are merged; lists of commands add up. netplay's own words stand
in a mapping under ``config.vars``, the only free-form place that containerlab's schema has there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netplay.compiler import known, node_words, own_words
from netplay.compiler.cells import Cell
from netplay.compiler.node_words import Setting
from netplay.compiler.raw import NOTHING, NodeConfig, RawNode
from netplay.errors import suggestion
from netplay.model import NODE_NAME, Role
from netplay.structs import Frozen

NODE_KEYS = frozenset(node_words.READERS) | {"config"} | known.SILENT | frozenset(known.UNUSED)
OWN_KEYS = frozenset(own_words.READERS)

_LONG = "config.vars.netplay"
_ELSEWHERE = {
    **dict.fromkeys(OWN_KEYS, _LONG),
    "vars": "config",
    "netplay": "config.vars",
    **dict.fromkeys(("nameservers", "servers", "search"), "dns"),
    "lab": f"topology.defaults.{_LONG}",
    **dict.fromkeys(("zones", "records", "accounts", "layers"), f"topology.defaults.{_LONG}.lab"),
    **dict.fromkeys(("ipv4", "ipv6", "mtu", "mac"), "links"),
}


class _Levels(Frozen):
    """What is said about more than one node."""

    defaults: NodeConfig
    kinds: Mapping[str, NodeConfig]
    groups: Mapping[str, NodeConfig]


def parse_nodes(topology: Mapping[str, Cell], setting: Setting) -> dict[str, RawNode]:
    """Every node, with what its levels say together."""
    levels = _levels(topology, setting)
    nodes = {}
    for name, cell in topology["nodes"].mapping().items() if "nodes" in topology else ():
        if not NODE_NAME.fullmatch(name):
            cell.refuse(f"'{name}' is not a node name (letters, digits, '-', '_', '.')", key=True)
        config = _inherit(parse_config(cell, setting), levels)
        nodes[name] = RawNode(name=name, where=cell.where, config=config)
    return nodes


def _levels(topology: Mapping[str, Cell], setting: Setting) -> _Levels:
    kinds, groups = (
        topology[section].mapping() if section in topology else {}
        for section in ("kinds", "groups")
    )
    for name, cell in kinds.items():
        if name not in known.KINDS:
            cell.refuse(f"no kind is called '{name}'{suggestion(name, known.KINDS)}", key=True)
    defaults = NOTHING
    if "defaults" in topology:
        defaults = parse_config(topology["defaults"], setting, own=OWN_KEYS | {"lab"})
    return _Levels(
        defaults=defaults,
        kinds={name: parse_config(cell, setting) for name, cell in kinds.items()},
        groups={name: parse_config(cell, setting) for name, cell in groups.items()},
    )


def _inherit(node: NodeConfig, levels: _Levels) -> NodeConfig:
    group_name = node.group or levels.defaults.group
    group = levels.groups.get(group_name.value if group_name else "", NOTHING)
    kind_name = node.kind or group.kind or levels.defaults.kind
    kind = levels.kinds.get(kind_name.value if kind_name else known.LINUX, NOTHING)
    own = kind.under(group).under(node)
    own.kind, own.group = kind_name, group_name
    is_bridge = kind_name is not None and kind_name.value in known.SWITCHES
    if is_bridge or (own.role is not None and own.role.value is Role.SWITCH):
        # The defaults speak of computers (their services, routes, …); a switch is none.
        return own
    return levels.defaults.under(own)


def parse_config(cell: Cell, setting: Setting, own: Iterable[str] = ()) -> NodeConfig:
    """What one level says; *own* are the keys allowed in its ``netplay`` mapping."""
    config = NodeConfig()
    for name, entry in cell.mapping(NODE_KEYS, _ELSEWHERE).items():
        config.places[name] = entry.where
        if reader := node_words.READERS.get(name):
            reader(entry, config, setting)
    for name, entry in netplay_of(_vars_of(cell), own or OWN_KEYS, _ELSEWHERE).items():
        config.places[name] = entry.where
        if reader := own_words.READERS.get(name):
            reader(entry, config, setting)
    return config


def _vars_of(node: Cell) -> Cell | None:
    config = node.mapping().get("config") if isinstance(node.data, dict) else None
    return config.mapping({"vars"}).get("vars") if config else None


def netplay_of(
    variables: Cell | None,
    keys: Iterable[str] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> dict[str, Cell]:
    """The ``netplay`` mapping inside ``vars``; other variables belong to other tools."""
    own = variables.mapping().get("netplay") if variables else None
    return own.mapping(keys, elsewhere) if own else {}
