"""The steps that make the wires, addresses and routes, and why they come in this order.

1. Namespaces, and what the kernel must know before any interface exists: no IPv6 chatter on
   the panel (it made a thousand hosts four times slower), no duplicate address detection and
   no router solicitations on the nodes (each would hold IPv6 up for a second).
2. All cables in one batch on the panel; each pair is created straight into the two places.
3. Per node: interfaces up, then addresses, then routes. A gateway must be reachable
   when its route is added, so routes to a link come first.
4. Parameters that name an interface, then NAT.
5. The panel's ports up and joined, bridges last: every port that comes up on a running
   bridge makes it announce itself again.

Packet filters do not depend on what comes after them: a lab loads them when all links are there
(see `keeper.fitter`). What is wrong with the cables comes then: see `impairing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.model import Link, Node, Role, Route, Topology
from netplay.plan.nat import join_ruleset, modem_ruleset
from netplay.plan.panel import Panel, panel
from netplay.steps import (
    PANEL,
    AddAddress,
    AddBridge,
    AddRoute,
    AddVeth,
    LoadNftables,
    MakeNamespace,
    NetworkStep,
    SetLinkUp,
    SetMaster,
    SetSysctl,
)

_PANEL_SYSCTLS = {
    "net.ipv6.conf.all.disable_ipv6": "1",
    "net.ipv6.conf.default.disable_ipv6": "1",
}
_NODE_SYSCTLS = {
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
    # A new namespace takes over the computer's rp_filter: a lab must not depend on it.
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    # icmp(7): everybody may ping, as on a desktop.
    "net.ipv4.ping_group_range": "0 65534",
}
_ROUTER_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    # RFC 1812 §4.3.2.8 lets a router limit ICMP errors; by default Linux sends one a second to
    # one destination, and a traceroute with several probes a hop would show stars.
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv6.icmp.ratelimit": "0",
}
# Bridges and cables carry any frame that fits the widest interface.
_PANEL_MTU = 65535


def network_steps(topology: Topology) -> Iterator[NetworkStep]:
    """All steps on network stacks, in the order of this module's docstring."""
    board = panel(topology)
    yield from _namespaces(topology)
    yield from _cables(topology, board)
    for node in topology.computers:
        yield from _addresses(node, board)
    for node in topology.computers:
        yield from _rules(node)
    yield from _switch_on(topology, board)


def _namespaces(topology: Topology) -> Iterator[NetworkStep]:
    for key, value in _PANEL_SYSCTLS.items():
        yield SetSysctl(node=PANEL, key=key, value=value)
    for node in topology.computers:
        yield MakeNamespace(node=node.name)
        settings = dict(_NODE_SYSCTLS)
        if node.role is Role.ROUTER:
            settings |= _ROUTER_SYSCTLS
        for key, value in settings.items():
            yield SetSysctl(node=node.name, key=key, value=value)


def _cables(topology: Topology, board: Panel) -> Iterator[NetworkStep]:
    for bridge in board.bridges.values():
        yield AddBridge(bridge=bridge.name, index=bridge.index, mtu=_PANEL_MTU)
    for end, port in board.ports.items():
        interface = topology[end.node].interface(end.interface)
        yield AddVeth(
            owner=end.node,
            interface=interface.name,
            mac=interface.mac,
            mtu=interface.mtu,
            index=board.interfaces[end],
            port=port.name,
            port_index=port.index,
        )
    for link, (a, b) in board.trunks.items():
        mac = _trunk_mac(link, topology)
        yield AddVeth(
            owner=PANEL,
            interface=a.name,
            mac=mac,
            mtu=_PANEL_MTU,
            index=a.index,
            port=b.name,
            port_index=b.index,
        )


def _trunk_mac(link: Link, topology: Topology) -> str:
    # A MAC of our own choice keeps the bridge's identity the same from run to run.
    number = topology.links.index(link)
    return f"02:ff:00:00:{number >> 8:02x}:{number & 255:02x}"


def _addresses(node: Node, board: Panel) -> Iterator[NetworkStep]:
    index = {end.interface: board.interfaces[end] for end in board.ports if end.node == node.name}
    plugged = [interface for interface in node.interfaces if interface.name in index]
    for interface in plugged:
        number = index[interface.name]
        yield SetLinkUp(node=node.name, interface=interface.name, index=number)
    for interface in plugged:
        for address in interface.addresses:
            yield AddAddress(
                node=node.name,
                interface=interface.name,
                index=index[interface.name],
                address=address,
            )
    for route in sorted(node.routes, key=_gateways_last):
        yield AddRoute(
            node=node.name,
            destination=route.destination,
            gateway=route.gateway,
            interface=route.interface,
            index=index[route.interface] if route.interface else None,
            source=route.source,
            kind=route.kind.value,
        )


def _gateways_last(route: Route) -> bool:
    return route.gateway is not None


def _rules(node: Node) -> Iterator[NetworkStep]:
    for key, value in node.sysctls.items():
        yield SetSysctl(node=node.name, key=key, value=value)
    if node.masquerade:
        yield LoadNftables(node=node.name, ruleset=modem_ruleset(node.masquerade))


def _switch_on(topology: Topology, board: Panel) -> Iterator[NetworkStep]:
    names = {bridge.index: bridge.name for bridge in board.bridges.values()}
    trunks = [port for pair in board.trunks.values() for port in pair]
    every = [*board.ports.values(), *trunks]
    for port in every:
        if port.bridge:
            yield SetMaster(
                port=port.name,
                port_index=port.index,
                bridge=names[port.bridge],
                bridge_index=port.bridge,
            )
    for port in every:
        yield SetLinkUp(node=PANEL, interface=port.name, index=port.index)
    pairs = [pair for link in topology.links if (pair := board.joined(link))]
    if pairs:
        yield LoadNftables(node=PANEL, ruleset=join_ruleset(pairs))
    for bridge in board.bridges.values():
        yield SetLinkUp(node=PANEL, interface=bridge.name, index=bridge.index)
