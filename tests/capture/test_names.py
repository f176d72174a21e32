"""What a topology says about points, names, hosts and lanes."""

from __future__ import annotations

from ipaddress import IPv4Interface, ip_address

import pytest

from netplay.capture import Point, hosts_of, lanes_of, names_of, points_of
from netplay.model import Endpoint, Interface, Link, Node, Role, Topology


def interface(name: str, number: int, *addresses: str) -> Interface:
    mac = f"02:00:00:00:00:{number:02x}"
    return Interface(name=name, mac=mac, addresses=tuple(IPv4Interface(a) for a in addresses))


def link(a: str, b: str) -> Link:
    return Link(a=Endpoint(*a.split(":")), b=Endpoint(*b.split(":")))


TWO_HOMES = Topology(
    name="two homes",
    nodes=(
        Node(name="h1", aliases=("one",), interfaces=(interface("eth1", 1, "192.168.1.11/24"),)),
        Node(name="h4", interfaces=(interface("eth1", 4, "192.168.1.14/24"),)),
        Node(
            name="modemA",
            role=Role.ROUTER,
            interfaces=(
                interface("eth1", 5, "192.168.1.1/24"), interface("eth0", 6, "10.25.1.65/16"),
            ),
        ),
        Node(
            name="modemB",
            role=Role.ROUTER,
            interfaces=(
                interface("eth1", 7, "192.168.1.1/24"), interface("eth0", 8, "10.25.1.66/16"),
            ),
        ),
        Node(name="homeA", role=Role.SWITCH),
        Node(name="upstairs", role=Role.SWITCH),
        Node(name="spare", interfaces=(interface("eth0", 9, "10.0.0.1/24"),)),
    ),
    links=(
        link("homeA:p9", "upstairs:p9"),
        link("h1:eth1", "upstairs:p1"),
        link("modemA:eth1", "homeA:p2"),
        link("h4:eth1", "modemB:eth1"),
        link("modemA:eth0", "modemB:eth0"),
    ),
)  # fmt: skip
GATEWAY = ip_address("192.168.1.1")


def test_points_are_the_linked_interfaces_of_computers() -> None:
    points = points_of(TWO_HOMES)
    assert [point.name for point in points] == [
        "h1:eth1", "h4:eth1", "modemA:eth1", "modemA:eth0", "modemB:eth1", "modemB:eth0"
    ]  # fmt: skip
    assert points[0] == Point(name="h1:eth1", description="h1:eth1 upstairs:p1", mirrored=True)
    assert points[0].node == "h1"
    assert not points_of(TWO_HOMES, mirrored=False)[0].mirrored


def test_a_shared_address_is_named_by_the_link() -> None:
    names = names_of(TWO_HOMES)
    assert names.name(ip_address("192.168.1.11")) == "h1"
    assert names.name(GATEWAY) == "192.168.1.1"
    assert names.name(GATEWAY, "h1:eth1") == "modemA"  # behind two switches
    assert names.name(GATEWAY, "modemB:eth1") == "modemB"
    assert names.of("h4:eth1")(GATEWAY) == "modemB"
    assert names.name(ip_address("9.9.9.9"), "h1:eth1") == "9.9.9.9"


def test_hosts_by_all_their_names() -> None:
    hosts = hosts_of(TWO_HOMES)
    assert hosts["one"] == hosts["h1"] == (ip_address("192.168.1.11"),)
    assert len(hosts["modemA"]) == 2
    assert "homeA" not in hosts


def test_lanes() -> None:
    h1, modem = lanes_of(TWO_HOMES, ["h1", "modemA"])
    assert h1.points == ("h1:eth1", "h1:lo")
    assert modem.addresses == (GATEWAY, ip_address("10.25.1.65"))
    assert modem.macs == ("02:00:00:00:00:05", "02:00:00:00:00:06")
    assert lanes_of(TWO_HOMES, ["spare"])[0].points == ("spare:lo",)
    with pytest.raises(KeyError):
        lanes_of(TWO_HOMES, ["nobody"])
