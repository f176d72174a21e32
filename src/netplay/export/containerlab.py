"""A topology as a containerlab file, with everything that was found by itself written out.

Reading the file back gives the same topology, except for its warnings. containerlab itself reads
the nodes, links and addresses, and passes over what is under ``vars``; it has no services, no
routes but those of a node's own commands, and no DNS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netplay.compiler.read import escape
from netplay.export import words
from netplay.export.yaml import text
from netplay.model import (
    Account,
    Endpoint,
    Interface,
    InterfaceAddress,
    Link,
    Masquerade,
    Node,
    Role,
    ServiceUse,
    Topology,
)


def containerlab(topology: Topology) -> str:
    """The text of a ``.clab.yml`` file."""
    return escape(text(containerlab_data(topology)))


def containerlab_data(topology: Topology) -> dict[str, Any]:
    """The file as plain data."""
    defaults: dict[str, Any] = {"kind": "linux"}
    resolvers = [_dns(node) for node in topology.computers]
    if resolvers and all(dns == resolvers[0] for dns in resolvers):
        defaults["dns"] = resolvers[0]
    defaults["config"] = {"vars": {"netplay": {"lab": _lab(topology)}}}
    nodes = {node.name: _node(node, defaults) for node in topology}
    links = [_link(topology, link) for link in topology.links]
    inner = {"defaults": defaults, "nodes": nodes, **({"links": links} if links else {})}
    return {"name": topology.name, "topology": inner}


def _lab(topology: Topology) -> dict[str, Any]:
    lab = {
        "zones": list(topology.zones),
        "records": [words.record(record) for record in topology.records],
        "accounts": {account.name: _account(account) for account in topology.accounts},
        "layers": list(topology.layers),
    }
    # Every address is written out, so that none is to be found again.
    return {**{key: value for key, value in lab.items() if value}, "ipv4": "none", "ipv6": "none"}


def _account(account: Account) -> dict[str, Any]:
    fields = ("password", "uid", "home", "shell", "sudo")
    return {field: getattr(account, field) for field in fields}


def _dns(node: Node) -> dict[str, Any]:
    return {"servers": [str(a) for a in node.nameservers], "search": list(node.search)}


def _node(node: Node, defaults: Mapping[str, Any]) -> dict[str, Any]:
    if node.role is Role.SWITCH:
        return {"kind": "bridge"}
    found = {
        "aliases": list(node.aliases),
        "dns": None if "dns" in defaults else _dns(node),
        "sysctls": dict(node.sysctls),
        "env": dict(node.environment),
        "binds": [words.bind(bind) for bind in node.binds],
        "ports": [words.port(port) for port in node.ports],
        "exec": list(node.commands),
        "config": {"vars": {"netplay": _own(node)}},
    }
    return {key: value for key, value in found.items() if value}


def _own(node: Node) -> dict[str, Any]:
    """What containerlab has no word for."""
    own: dict[str, Any] = {"role": node.role.value}
    if node.hostname != node.name:
        own["hostname"] = node.hostname
    on_node = {i.name: _on_node(i) for i in node.interfaces}
    own["addresses"] = {name: given for name, given in on_node.items() if given}
    own["routes"] = [words.route(route) for route in node.routes] or "none"
    if node.masquerade:
        own["masquerade"] = [_masquerade(masquerade) for masquerade in node.masquerade]
    if node.services:
        own["services"] = [_service(use) for use in node.services]
    return {key: value for key, value in own.items() if value}


def _masquerade(masquerade: Masquerade) -> dict[str, Any]:
    fields = ("interface", "stateful", "ftp")
    return {field: getattr(masquerade, field) for field in fields}


def _service(use: ServiceUse) -> Any:
    return {use.name: _plain(use.settings)} if use.settings else use.name


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _link(topology: Topology, link: Link) -> dict[str, Any]:
    a, b = (topology[end.node].interface(end.interface) for end in (link.a, link.b))
    found: dict[str, Any] = {"endpoints": [str(link.a), str(link.b)]}
    if a.mac != _usual_mac(topology, link.a) or b.mac != _usual_mac(topology, link.b):
        ends = ((link.a, a), (link.b, b))
        found = {
            "type": "veth",
            "endpoints": [
                {"node": end.node, "interface": end.interface, "mac": interface.mac}
                for end, interface in ends
            ],
        }
    if a.mtu != Interface.__dataclass_fields__["mtu"].default:
        found["mtu"] = a.mtu
    for version in (4, 6):
        pair = [str(_on_link(interface, version) or "") for interface in (a, b)]
        if any(pair):
            # containerlab wants every item of the list once.
            found[f"ipv{version}"] = pair[:1] if not pair[1] else pair
    if own := _impairments(link):
        found["vars"] = {"netplay": own}
    return found


def _impairments(link: Link) -> dict[str, Any]:
    forward, backward = words.impairment(link.forward), words.impairment(link.backward)
    both = {key: value for key, value in forward.items() if backward.get(key) == value}
    found: dict[str, Any] = dict(both)
    for name, one_way in (("forward", forward), ("backward", backward)):
        if rest := {key: value for key, value in one_way.items() if key not in both}:
            found[name] = rest
    return found


def _on_link(interface: Interface, version: int) -> InterfaceAddress | None:
    """The one address that fits into a link: the last of its family."""
    found = [address for address in interface.addresses if address.version == version]
    return found[-1] if found else None


def _on_node(interface: Interface) -> list[str] | str:
    """The addresses that stand on the node, which are those before the last of each family.

    "none" keeps an interface that lacks a family from being given one.
    """
    last = [_on_link(interface, version) for version in (4, 6)]
    before = [str(address) for address in interface.addresses if address not in last]
    return before or ("none" if None in last else "")


def _usual_mac(topology: Topology, end: Endpoint) -> str:
    """The MAC address that the compiler gives the interface if nobody says another."""
    names = [node.name for node in topology]
    node = names.index(end.node)
    interfaces = [interface.name for interface in topology.nodes[node].interfaces]
    return "02:00:{:02x}:{:02x}:{:02x}:{:02x}".format(
        *(node + 1).to_bytes(2), *interfaces.index(end.interface).to_bytes(2)
    )
