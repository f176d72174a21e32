"""Which names follow from a topology."""

from __future__ import annotations

from netplay.compiler import Network, loads
from netplay.names import forward_names, identity, reverse_names


def network() -> Network:
    net = Network("names", zones="example.com")
    net.host("Web", hostname="WWW.Example.com", aliases=["shop"])
    net.router("gate")
    net.host("far")
    net.link("Web", "gate", ipv4=("10.0.0.2/24", "10.0.0.1/24"), ipv6=("fd00::2/64", "fd00::1/64"))
    net.link("far", "gate", ipv4=("10.0.1.2/24", "10.0.1.1/24"), ipv6=("fd01::2/64", "fd01::1/64"))
    return net


def test_names_are_in_lower_case() -> None:
    names = forward_names(network().topology())
    assert set(names) == {"www.example.com", "shop", "web", "gate", "far"}
    assert [str(address) for address in names["shop"]] == ["10.0.0.2", "fd00::2"]


def test_a_router_has_one_identity_in_each_family() -> None:
    topology = network().topology()
    assert [str(address) for address in identity(topology["gate"])] == ["10.0.0.1", "fd00::1"]
    assert forward_names(topology)["gate"] == identity(topology["gate"])


def test_a_host_answers_at_all_its_addresses() -> None:
    net = network()
    net.link("far:eth1", "Web:eth1", ipv4=("10.0.2.2/24", "10.0.2.3/24"))
    assert len(forward_names(net.topology())["far"]) == 4


def test_every_address_of_a_router_leads_to_its_name() -> None:
    names = {str(a): name for a, name in reverse_names(network().topology()).items()}
    assert names["10.0.0.1"] == names["10.0.1.1"] == names["fd01::1"] == "gate"
    assert names["10.0.0.2"] == "www.example.com"


HOMES = """
name: homes
topology:
  defaults: {{config: {{vars: {{netplay: {{lab: {{zones: [.], records: [{records}]}}}}}}}}}}
  groups: {{modem: {{config: {{vars: {{netplay: {{masquerade: eth0}}}}}}}}}}
  nodes: {{isp: , m1: {{group: modem}}, m2: {{group: modem}}, h1: , h2: }}
  links:
    - endpoints: ["isp:eth1", "m1:eth0"]
    - endpoints: ["isp:eth2", "m2:eth0"]
    - {{endpoints: ["m1:eth1", "h1:eth0"], ipv4: [192.168.1.1/24]}}
    - {{endpoints: ["m2:eth1", "h2:eth0"], ipv4: [192.168.1.1/24]}}
"""


def test_a_shared_address_has_no_name_of_its_own() -> None:
    names = {str(a): n for a, n in reverse_names(loads(HOMES.format(records=""))).items()}
    assert "192.168.1.1" not in names
    assert "192.168.1.11" not in names


def test_records_have_the_last_word() -> None:
    records = "1.1.168.192.in-addr.arpa PTR Modem., modem A 192.168.1.1, m1 A 192.0.2.1"
    topology = loads(HOMES.format(records=records))
    assert {str(a): n for a, n in reverse_names(topology).items()}["192.168.1.1"] == "modem"
    names = forward_names(topology)
    assert [str(address) for address in names["modem"]] == ["192.168.1.1"]
    assert str(names["m1"][-1]) == "192.0.2.1"


def test_a_link_local_address_has_no_name() -> None:
    net = Network("local")
    net.link(net.host("a"), net.host("b"), ipv6=("fe80::1/64", "fe80::2/64"))
    topology = net.topology()
    assert all(address.version == 4 for address in forward_names(topology)["a"])
    assert all(address.version == 4 for address in reverse_names(topology))
