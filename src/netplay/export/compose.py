"""A topology as a Docker Compose file, as far as Docker can follow.

Docker knows segments (networks), fixed addresses and sysctls. It has no routes, no unnumbered
interfaces, and no two networks of one range: those addresses and routes become commands that the
container runs first. What is lost is said in the head of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from netplay.export import words
from netplay.export.yaml import text
from netplay.model import Endpoint, Network, Node, Role, Topology

_IMAGE = "debian:trixie"
_FOR_EVER = "exec sleep infinity"
_FORWARDING = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}


@dataclass(frozen=True, slots=True)
class _Segment:
    name: str
    ends: tuple[Endpoint, ...]
    networks: tuple[Network, ...]


def compose(topology: Topology, image: str = _IMAGE) -> str:
    """The text of a ``compose.yaml``; *image* needs `ip` and the services that are wanted."""
    segments = _segments(topology)
    data = {
        "name": topology.name.lower(),
        "services": {
            node.name: _service(topology, node, segments, image) for node in topology.computers
        },
        "networks": {segment.name: _network(segment) for segment in segments},
    }
    head = "".join(f"# Lost: {what}\n" for what in _lost(topology))
    return head + text(data).replace("$", "$$")


def _segments(topology: Topology) -> list[_Segment]:
    """Every segment; a range that Docker has seen before is left out."""
    found = []
    used: list[Network] = []
    for name, ends in _groups(topology).items():
        networks = [
            network
            for network in _networks(topology, ends)
            if not any(_overlap(network, other) for other in used)
        ]
        used += networks
        found.append(_Segment(name, tuple(ends), tuple(networks)))
    return found


def _overlap(a: Network, b: Network) -> bool:
    if isinstance(a, IPv4Network):
        return isinstance(b, IPv4Network) and a.overlaps(b)
    return not isinstance(b, IPv4Network) and a.overlaps(b)


def _groups(topology: Topology) -> dict[str, list[Endpoint]]:
    """The ends of computers on each segment, under the name of a switch or of the two nodes."""
    switches = {node.name for node in topology if node.role is Role.SWITCH}
    home = {name: name for name in switches}
    for link in topology.links:
        if link.a.node in switches and link.b.node in switches:
            old, new = home[link.b.node], home[link.a.node]
            home = {switch: new if at == old else at for switch, at in home.items()}
    groups: dict[str, list[Endpoint]] = {}
    for link in topology.links:
        ends = [end for end in (link.a, link.b) if end.node not in switches]
        switch = next((end.node for end in (link.a, link.b) if end.node in switches), None)
        name = home[switch] if switch else f"{link.a.node}-{link.b.node}"
        groups.setdefault(name, []).extend(ends)
    return {name: ends for name, ends in groups.items() if ends}


def _networks(topology: Topology, ends: Sequence[Endpoint]) -> list[Network]:
    found = dict.fromkeys(
        address.network
        for end in ends
        for address in topology[end.node].interface(end.interface).addresses
        if address.network.num_addresses > 2
    )
    # One range of each family is all that Docker takes.
    return list({network.version: network for network in reversed(found)}.values())[::-1]


def _network(segment: _Segment) -> dict[str, Any]:
    found: dict[str, Any] = {"internal": True}
    if any(network.version == 6 for network in segment.networks):
        found["enable_ipv6"] = True
    # Docker takes an address of its own, usually .1: it is sent to the far end of the range.
    configs = [
        {
            "subnet": str(network),
            "gateway": str(network.network_address + network.num_addresses - 2),
        }
        for network in segment.networks
    ]
    if configs:
        found["ipam"] = {"config": configs}
    return found


def _service(
    topology: Topology, node: Node, segments: Sequence[_Segment], image: str
) -> dict[str, Any]:
    own = [segment for segment in segments if any(end.node == node.name for end in segment.ends)]
    sysctls = {**(_FORWARDING if node.role is Role.ROUTER else {}), **node.sysctls}
    found: dict[str, Any] = {
        "image": image,
        "hostname": node.hostname,
        "cap_add": ["NET_ADMIN"],
        "command": ["sh", "-c", "\n".join([*_setup(node, own), *node.commands, _FOR_EVER])],
        "sysctls": {k: v for k, v in sysctls.items() if not _interface_of(k, node)},
        "environment": dict(node.environment),
        "volumes": [words.bind(bind) for bind in node.binds],
        "ports": [words.port(port) for port in node.ports],
        "dns": [str(address) for address in node.nameservers],
        "dns_search": list(node.search),
        "networks": {segment.name: _attachment(topology, node, segment) for segment in own},
    }
    return {key: value for key, value in found.items() if value}


def _setup(node: Node, segments: Sequence[_Segment]) -> list[str]:
    """The commands for what Docker cannot do: other addresses, and routes."""
    docker = {network for segment in segments for network in segment.networks}
    lines = [
        f"ip address replace {address} dev {interface.name}"
        for interface in node.interfaces
        for address in interface.addresses
        if address.network not in docker
    ]
    for route in node.routes:
        family = " -6" if route.destination.version == 6 else ""
        lines.append(f"ip{family} route replace {words.route(route)}")
    return lines


def _interface_of(sysctl: str, node: Node) -> str | None:
    """The interface that *sysctl* is about; Docker sets those when it makes the interface."""
    parts = sysctl.replace("/", ".").split(".")
    return next((i.name for i in node.interfaces if i.name in parts), None)


def _attachment(topology: Topology, node: Node, segment: _Segment) -> dict[str, Any]:
    end = next(end for end in segment.ends if end.node == node.name)
    interface = topology[end.node].interface(end.interface)
    found: dict[str, Any] = {"interface_name": end.interface, "mac_address": interface.mac}
    for address in interface.addresses:
        if address.network in segment.networks:
            found.setdefault(f"ipv{address.version}_address", str(address.ip))
    sysctls = [
        f"{key.replace(end.interface, 'IFNAME')}={value}"
        for key, value in node.sysctls.items()
        if _interface_of(key, node) == end.interface
    ]
    if sysctls:
        found["driver_opts"] = {"com.docker.network.endpoint.sysctls": ",".join(sysctls)}
    return found


def _lost(topology: Topology) -> list[str]:
    lost = []
    if masquerading := [node.name for node in topology if node.masquerade]:
        lost.append(f"the masquerade of {', '.join(masquerading)}")
    if impaired := [
        link.name
        for link in topology.links
        if words.impairment(link.forward) or words.impairment(link.backward)
    ]:
        lost.append(f"the impairments of {', '.join(impaired)}")
    if serving := [node.name for node in topology if node.services]:
        lost.append(f"the services of {', '.join(serving)}, unless the image has them")
    if topology.zones or topology.records:
        lost.append("the zones and records of the lab's DNS")
    return lost
