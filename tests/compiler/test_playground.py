"""The playground keeps the addresses, routes and names that its lessons rely on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netplay.model import Node, Role, Topology
from netplay.names import forward_names, identity, reverse_names
from netplay.playground import playground

# name → host name, IPv4 addresses by interface
MACHINES = {
    "h1": ("h1", {"eth1": "192.168.1.11/24"}),
    "h2": ("h2", {"eth1": "192.168.1.12/24"}),
    "h3": ("h3", {"eth1": "192.168.1.13/24"}),
    "h4": ("h4", {"eth1": "192.168.1.14/24"}),
    "modemA": ("modemA", {"eth0": "10.25.1.65/16", "eth1": "192.168.1.1/24"}),
    "modemB": ("modemB", {"eth0": "10.25.1.66/16", "eth1": "192.168.1.1/24"}),
    "isp": ("isp", {"eth0": "10.25.1.1/32", "eth1": "10.25.1.1/32", "eth2": "10.25.1.1/32"}),
    "backbone": ("backbone", {"eth0": "10.1.1.1/32", "eth1": "10.1.1.1/32"}),
    "example": ("example.com", {"eth0": "10.130.1.1/32", "eth1": "10.130.1.1/24"}),
    "ftp": ("ftp.example.com", {"eth0": "10.130.1.2/24"}),
    "mail": ("mail.example.com", {"eth0": "10.130.1.3/24"}),
    "www": ("www.example.com", {"eth0": "10.130.1.4/24"}),
}

ROUTES: dict[str, Sequence[str]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4"), ("0.0.0.0/0 via 192.168.1.1",)),
    **dict.fromkeys(("modemA", "modemB"), ("0.0.0.0/0 via 10.25.1.1",)),
    "isp": [
        "10.1.1.1/32 dev eth0",
        "10.25.1.65/32 dev eth1",
        "10.25.1.66/32 dev eth2",
        "0.0.0.0/0 via 10.1.1.1 src 10.25.1.1",
        "unreachable 10.25.0.0/16",
    ],
    "backbone": [
        "10.25.1.1/32 dev eth0",
        "10.25.0.0/16 via 10.25.1.1",
        "10.130.1.1/32 dev eth1",
        "10.130.1.0/24 via 10.130.1.1",
    ],
    "example": ["10.1.1.1/32 dev eth0", "0.0.0.0/0 via 10.1.1.1 src 10.130.1.1"],
    **dict.fromkeys(("ftp", "mail", "www"), ("0.0.0.0/0 via 10.130.1.1",)),
}

PEERS = {
    frozenset(pair.split())
    for pair in (
        "backbone:eth0 isp:eth0",
        "backbone:eth1 example:eth0",
        "isp:eth1 modemA:eth0",
        "isp:eth2 modemB:eth0",
    )
}

LANS = {
    "homeA": {"modemA:eth1", "h1:eth1", "h2:eth1", "h3:eth1"},
    "homeB": {"modemB:eth1", "h4:eth1"},
    "exampleCOM": {"example:eth1", "ftp:eth0", "mail:eth0", "www:eth0"},
}

REVERSE = {
    "10.1.1.1": "backbone",
    "10.25.1.1": "isp",
    "10.25.1.65": "modema",
    "10.25.1.66": "modemb",
    "10.130.1.1": "example.com",
    "10.130.1.2": "ftp.example.com",
    "10.130.1.3": "mail.example.com",
    "10.130.1.4": "www.example.com",
    "192.168.1.1": "modem",
    "192.168.1.11": "h1",
    "192.168.1.12": "h2",
    "192.168.1.13": "h3",
    "192.168.1.14": "h4",
}

SERVICES = {
    "backbone": ["dns"],
    "ftp": ["ftp", "inetd"],
    "mail": ["postfix", "dovecot", "opendkim"],
    "www": ["nginx", "httpbin", "geocoder"],
}


@pytest.fixture(scope="module")
def lab() -> Topology:
    return playground()


def routes_of(node: Node, version: int) -> list[str]:
    found = []
    for route in node.routes:
        if route.destination.version == version:
            parts = [str(route.destination)]
            if route.kind.value != "unicast":
                parts.insert(0, route.kind.value)
            parts += ["via", str(route.gateway)] if route.gateway else []
            parts += ["dev", route.interface] if route.interface else []
            parts += ["src", str(route.source)] if route.source else []
            found.append(" ".join(parts))
    return found


def test_twelve_machines_and_three_switches(lab: Topology) -> None:
    assert [node.name for node in lab.computers] == list(MACHINES)
    assert {node.name for node in lab if node.role is Role.SWITCH} == set(LANS)
    assert lab.warnings == ()


@pytest.mark.parametrize("name", MACHINES)
def test_addresses(lab: Topology, name: str) -> None:
    hostname, addresses = MACHINES[name]
    assert lab[name].hostname == hostname
    assert {
        interface.name: [str(a) for a in interface.addresses if a.version == 4]
        for interface in lab[name].interfaces
    } == {interface: [address] for interface, address in addresses.items()}


@pytest.mark.parametrize("name", MACHINES)
def test_ipv4_routes(lab: Topology, name: str) -> None:
    assert routes_of(lab[name], 4) == list(ROUTES[name])


def test_links(lab: Topology) -> None:
    direct = set()
    lans: dict[str, set[str]] = {name: set() for name in LANS}
    for link in lab.links:
        switch = next((end for end in (link.a, link.b) if end.node in LANS), None)
        if switch is None:
            direct.add(frozenset((str(link.a), str(link.b))))
        else:
            lans[switch.node].add(str(link.a if link.b is switch else link.b))
    assert direct == PEERS
    assert lans == LANS


def test_modems_masquerade_their_outside(lab: Topology) -> None:
    for node in lab:
        outside = [(m.interface, m.stateful, m.ftp) for m in node.masquerade]
        assert outside == ([("eth0", True, True)] if node.name.startswith("modem") else [])


def test_isp_answers_for_the_modems(lab: Topology) -> None:
    assert lab["isp"].sysctls == {
        "net.ipv4.conf.eth1.proxy_arp": "1",
        "net.ipv4.conf.eth2.proxy_arp": "1",
        "net.ipv4.neigh.eth1.proxy_delay": "0",
        "net.ipv4.neigh.eth2.proxy_delay": "0",
    }


def test_services(lab: Topology) -> None:
    for node in lab.computers:
        assert [use.name for use in node.services] == ["ssh", *SERVICES.get(node.name, [])]


def test_everybody_asks_backbone(lab: Topology) -> None:
    for node in lab.computers:
        assert [str(address) for address in node.nameservers] == ["10.1.1.1"]
        assert node.search == ("example.com",)


def test_accounts(lab: Topology) -> None:
    found = {a.name: (a.password, a.uid, a.home, a.sudo) for a in lab.accounts}
    assert found == {
        "root": ("abc123", 0, "/root", False),
        "brandon": ("abc123", 1000, "/home/brandon", True),
    }


def test_reverse_names(lab: Topology) -> None:
    found = {str(a): name for a, name in reverse_names(lab).items() if a.version == 4}
    assert found == REVERSE


def test_forward_names(lab: Topology) -> None:
    names = forward_names(lab)
    first = {name: str(addresses[0]) for name, addresses in names.items()}
    for name in ("ftp", "mail", "www"):
        assert first[name] == first[f"{name}.example.com"] == str(lab[name].addresses[0])
    assert first["example"] == first["example.com"] == "10.130.1.1"
    assert (first["modema"], first["modemb"]) == ("10.25.1.65", "10.25.1.66")
    assert all(len(addresses) == 2 for name, addresses in names.items() if name != "modem")


def test_records(lab: Topology) -> None:
    found = {(record.name, record.type, record.value) for record in lab.records}
    assert {value for name, kind, value in found if (name, kind) == ("example.com", "MX")} == {
        "10 mail.example.com.",
        "50 mail.example.com.",
    }
    assert ("www.example.com", "MX", "10 smtp.example.com.") in found
    assert ("smtp.example.com", "CNAME", "mail.example.com.") in found
    assert ("_imaps._tcp.example.com", "SRV", "0 1 993 mail.example.com.") in found
    for name in ("maps", "expired", "wrong", "selfsigned", "otherca"):
        assert (f"{name}.example.com", "CNAME", "www.example.com.") in found
    assert lab.zones == ("example.com",)


# -- IPv6: seven networks, and a way between any two computers ------------------------------


def test_seven_networks(lab: Topology) -> None:
    networks = {
        address.network
        for node in lab
        for interface in node.interfaces
        for address in interface.addresses
        if address.version == 6 and address.network.prefixlen == 64
    }
    assert len(networks) == 7
    assert all(str(network).startswith("2001:db8:") for network in networks)


def way(lab: Topology, start: str, goal: str, version: int) -> list[str]:
    """The nodes that a packet from *start* passes until it is at *goal*."""
    target = next(a for a in identity(lab[goal]) if a.version == version)
    owners = {(link.a.node, link.b.node) for link in lab.links} | {
        (link.b.node, link.a.node) for link in lab.links
    }

    def near(name: str) -> set[str]:
        direct = {b for a, b in owners if a == name}
        beyond = {b for lan in direct & LANS.keys() for a, b in owners if a == lan}
        return (direct | beyond) - LANS.keys() - {name}

    path = [start]
    while target not in lab[path[-1]].addresses:
        node = lab[path[-1]]
        connected = [(i.network, None) for f in node.interfaces for i in f.addresses]
        table = [(r.destination, r.gateway) for r in node.routes if r.kind.value == "unicast"]
        fitting = [(n, gateway) for n, gateway in [*connected, *table] if target in n]
        assert fitting, f"{node.name} has no route to {target}"
        _, gateway = max(fitting, key=lambda item: item[0].prefixlen)
        hop = gateway or target
        onward = [name for name in near(node.name) if hop in lab[name].addresses]
        if not onward and gateway is None and version == 4:
            # Both modems believe the other on their wire; isp answers for it (proxy ARP).
            onward = [name for name in near(node.name) if name == "isp"]
        assert onward, f"{node.name} has no neighbour {hop}"
        path.append(onward[0])
        assert len(path) < 10, f"a loop: {path}"
    return path


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("start", MACHINES)
def test_everything_outside_a_home_is_reached(lab: Topology, start: str, version: int) -> None:
    inside = {"h1", "h2", "h3", "h4"}
    for goal in MACHINES:
        if version == 6 or goal not in inside:
            assert way(lab, start, goal, version)[-1] == goal


@pytest.mark.parametrize("version", [4, 6])
def test_www_is_five_hops_away(lab: Topology, version: int) -> None:
    for start, modem in (("h1", "modemA"), ("h4", "modemB")):
        path = way(lab, start, "www", version)
        assert path == [start, modem, "isp", "backbone", "example", "www"]


def test_modems_reach_each_other(lab: Topology) -> None:
    for version in (4, 6):
        assert way(lab, "modemA", "modemB", version) == ["modemA", "isp", "modemB"]


def test_sources_are_identities(lab: Topology) -> None:
    """What a traceroute shows of a router is the address with its name."""
    for node in lab.computers:
        for route in node.routes:
            if route.source is not None:
                assert route.source in identity(node)
