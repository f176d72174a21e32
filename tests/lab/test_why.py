"""`why`: each cause is planted, and has to be found."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network

import pytest

from netplay import Lab, LabError
from netplay.lab.why import Explanation
from netplay.model import Node, Role, Route, Topology
from tests.plan.networks import interface, link

pytestmark = [pytest.mark.lab, pytest.mark.timeout(60)]


def ring_road() -> Topology:
    """h1 and h2 on a switch, r1 and r2 in a row, www behind them."""

    def via(gateway: str, network: str = "0.0.0.0/0") -> Route:
        return Route(destination=ip_network(network), gateway=ip_address(gateway))

    return Topology(
        name="road",
        nodes=(
            Node(name="h1", interfaces=(interface("eth1", 1, "10.1.0.11/24"),),
                 routes=(via("10.1.0.1"),)),
            Node(name="h2", interfaces=(interface("eth1", 2, "10.1.0.12/24"),),
                 routes=(via("10.1.0.1"),)),
            Node(name="lan", role=Role.SWITCH),
            Node(name="r1", role=Role.ROUTER, routes=(via("10.2.0.2"),),
                 interfaces=(interface("eth1", 3, "10.1.0.1/24"),
                             interface("eth2", 4, "10.2.0.1/24"))),
            Node(name="r2", role=Role.ROUTER, routes=(via("10.2.0.1", "10.1.0.0/24"),),
                 interfaces=(interface("eth1", 5, "10.2.0.2/24"),
                             interface("eth2", 6, "10.3.0.1/24"))),
            Node(name="www", interfaces=(interface("eth1", 7, "10.3.0.4/24", "2001:db8::4/64"),),
                 routes=(via("10.3.0.1"),)),
        ),
        links=(
            link("h1:eth1", "lan:1"), link("h2:eth1", "lan:2"), link("r1:eth1", "lan:3"),
            link("r1:eth2", "r2:eth1"), link("r2:eth2", "www:eth1"),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def road() -> Iterator[Lab]:
    with Lab(ring_road(), name="why-road") as lab:
        yield lab


@contextmanager
def planted(lab: Lab, node: str, begin: str, end: str) -> Iterator[None]:
    lab[node].run("sh", "-c", begin, check=True)
    try:
        yield
    finally:
        lab[node].run("sh", "-c", end, check=True)


@contextmanager
def listening(lab: Lab, address: str = "10.3.0.4", port: int = 80) -> Iterator[None]:
    family = socket.AF_INET if "." in address else socket.AF_INET6
    with lab["www"].socket(family) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        yield


def said(found: Explanation) -> tuple[str, str]:
    return found.cause, found.place


def test_it_can(road: Lab) -> None:
    with listening(road):
        found = road.why("h1", "10.3.0.4:80")
    assert (found.possible, found.cause) == (True, "")
    assert found.verdict.startswith("h1 can reach 10.3.0.4:80, in ")
    assert [step.node for step in found.findings] == ["h1", "r1", "r2"]


def test_a_partition_keeps_them_apart(road: Lab) -> None:
    with road.partition(["h1", "h2"], ["www"]):
        found = road.why("h1", "10.3.0.4:80")
    assert said(found) == ("wire", "h1")
    apart = "what h1 sends to 10.3.0.4 is dropped: a partition keeps h1 h2 | www apart."
    assert found.verdict == f"h1 cannot reach 10.3.0.4:80: {apart}"
    with road.partition(["h1"], ["h2"]):  # neighbours: not even ARP passes
        found = road.why("h1", "10.1.0.12:80")
    assert said(found) == ("wire", "h1")
    assert "a partition keeps h1 | h2 apart" in found.verdict


def test_nobody_listens(road: Lab) -> None:
    found = road.why("h1", "10.3.0.4:80")
    assert said(found) == ("listener", "www")
    assert found.verdict == ("h1 cannot reach 10.3.0.4:80: nobody listens on port 80/tcp of www.")
    assert road.why("h1", "10.3.0.4:80/udp").cause == "listener"


def test_listens_on_loopback_only_or_elsewhere(road: Lab) -> None:
    with listening(road, "127.0.0.1"):
        found = road.why("h1", "10.3.0.4:80")
        assert said(found) == ("loopback", "www")
        assert "www listens on port 80/tcp on its loopback only (127.0.0.1)" in found.verdict
        assert road.why("www", "127.0.0.1:80").possible
    with listening(road, "2001:db8::4"):
        found = road.why("h1", "10.3.0.4:80")
        assert said(found) == ("address", "www")
        assert "on 2001:db8::4 only, not on 10.3.0.4" in found.verdict


def test_a_name_that_is_none(road: Lab) -> None:
    found = road.why("h1", "wwww:80")
    assert said(found) == ("name", "h1")
    assert found.verdict.endswith("does not know 'wwww'; did you mean 'www'?")


@pytest.mark.parametrize(
    ("node", "target", "begin", "end", "cause", "words"),
    [
        ("h1", "10.3.0.4:80", "ip route del default", "ip route add default via 10.1.0.1",
         "route", "h1 has no route to 10.3.0.4"),
        ("h1", "10.3.0.4:80", "ip route add prohibit 10.3.0.4", "ip route del prohibit 10.3.0.4",
         "route", "type 'prohibit'"),
        ("r1", "10.3.0.4:80", "ip route del default", "ip route add default via 10.2.0.2",
         "route", "r1 has no route to 10.3.0.4"),
        ("r1", "10.3.0.4:80", "ip route add blackhole 10.3.0.4", "ip route del 10.3.0.4",
         "route", "type 'blackhole'"),
        ("r2", "10.3.0.4:80", "ip route del 10.1.0.0/24",
         "ip route add 10.1.0.0/24 via 10.2.0.1", "route",
         "the answer of www is lost: r2 has no route to 10.1.0.11"),
        ("www", "10.3.0.4:80", "ip -4 route del default", "ip route add default via 10.3.0.1",
         "route", "the answer does not leave www: www has no route to 10.1.0.11"),
        ("r1", "10.3.0.4:80", "sysctl -qw net.ipv4.ip_forward=0",
         "sysctl -qw net.ipv4.ip_forward=1", "forwarding", "r1 does not forward packets"),
        ("h1", "10.1.0.12:80", "ip neigh replace 10.1.0.12 lladdr 02:00:00:00:99:99 dev eth1",
         "ip neigh del 10.1.0.12 dev eth1", "neighbour", "neighbour table is wrong"),
    ],
)  # fmt: skip
def test_routes_and_neighbours(
    road: Lab, node: str, target: str, begin: str, end: str, cause: str, words: str
) -> None:
    with listening(road), planted(road, node, begin, end):
        found = road.why("h1", target)
    assert said(found) == (cause, "h1" if cause == "neighbour" else node)
    assert words in found.verdict


TABLE = "nft add table inet t; nft add chain inet t c '{ type filter hook HOOK priority 0; }'; nft "


@pytest.mark.parametrize(
    ("node", "hook", "rule", "words"),
    [
        ("r1", "forward", "tcp dport 80 drop", "r1 drops it; its packet filter has 'tcp dport 80"),
        ("r2", "forward", "tcp dport 80 reject",
         "r2 drops it and answers 'port unreachable'; its packet filter has"),
        ("www", "input", "tcp dport 80 drop", "www drops it on arrival; its packet filter has"),
        ("www", "input", "tcp dport 80 reject with tcp reset",
         "www refuses 80/tcp with a reset, though somebody listens; its packet filter has"),
        ("www", "input", "tcp dport 80 reject with icmp type admin-prohibited",
         "www refuses 80/tcp with ICMP '"),
        ("h1", "output", "tcp dport 80 drop", "h1 does not send it; its packet filter has"),
        ("r1", "forward", "tcp sport 80 drop", "the answer of www is lost: r1 drops it"),
    ],
)  # fmt: skip
def test_filters(road: Lab, node: str, hook: str, rule: str, words: str) -> None:
    begin = TABLE.replace("HOOK", hook) + f"add rule inet t c {rule}"
    with listening(road), planted(road, node, begin, "nft delete table inet t"):
        found = road.why("h1", "10.3.0.4:80")
    assert said(found) == ("filter", node)
    assert words in found.verdict


@pytest.mark.parametrize(("node", "hook"), [("www", "input"), ("h1", "output")])
def test_who_has_only_just_answered_is_not_to_blame(road: Lab, node: str, hook: str) -> None:
    begin = TABLE.replace("HOOK", hook) + "add rule inet t c tcp dport 80 drop"
    for each in road:
        each.run("ip", "neigh", "flush", "all", check=True)
    with listening(road), planted(road, node, begin, "nft delete table inet t"):
        found = road.why("h1", "10.3.0.4:80")
    assert said(found) == ("filter", node)


def test_an_interface_that_is_off(road: Lab) -> None:
    back = "ip link set eth1 up; ip route replace default via "
    with listening(road):
        with planted(road, "h1", "ip link set eth1 down", back + "10.1.0.1"):
            found = road.why("h1", "10.3.0.4:80")
            assert said(found) == ("link", "h1")
            assert "has no route to 10.3.0.4, because the interface eth1 of h1" in found.verdict
        with planted(road, "www", "ip link set eth1 down", back + "10.3.0.1"):
            found = road.why("h1", "10.3.0.4:80")
            assert said(found) == ("link", "www")
            assert "the interface eth1 of www is switched off" in found.verdict


def until_reached(road: Lab) -> None:
    """The kernel tells a carrier that is back up to a second late."""
    loop = "until ping -c1 -W1 10.3.0.4; do :; done"
    road["h1"].run("timeout", "10", "sh", "-c", loop, check=True)


@contextmanager
def fault(act: Callable[[], None], heal: Callable[[], None]) -> Iterator[None]:
    act()
    try:
        yield
    finally:
        heal()


def test_cables(road: Lab) -> None:
    with listening(road):
        with fault(lambda: road.cut("h1", "lan"), lambda: road.mend("h1", "lan")):
            found = road.why("h1", "10.3.0.4:80")
            assert said(found) == ("link", "h1")
            assert "the cable 'h1:eth1 lan:1' is cut" in found.verdict
        until_reached(road)
        with fault(lambda: road.cut("r1", "r2"), lambda: road.mend("r1", "r2")):
            found = road.why("h1", "10.3.0.4:80")
            assert said(found) == ("link", "r1")
            assert "the cable 'r1:eth2 r2:eth1' is cut" in found.verdict
        until_reached(road)
        with fault(lambda: road.fault("r1>r2", loss="100%"), road.heal):
            found = road.why("h1", "10.3.0.4:80")
            assert said(found) == ("wire", "r1")
            assert "'r1:eth2 r2:eth1' loses 100% of its packets" in found.verdict


def test_an_address_that_has_gone(road: Lab) -> None:
    assert road.why("h1", "10.3.0.77:80").cause == "neighbour"
    back = "ip address add 10.1.0.12/24 dev eth1; ip route add default via 10.1.0.1"
    with planted(road, "h2", "ip address del 10.1.0.12/24 dev eth1", back):
        found = road.why("h1", "10.1.0.12:80")
    assert said(found) == ("neighbour", "h2")
    assert "nobody answers (ARP): h2 does not have it any more" in found.verdict


def test_a_loop(road: Lab) -> None:
    with planted(road, "r2", "ip route add 10.3.0.9 via 10.2.0.1", "ip route del 10.3.0.9"):
        found = road.why("h1", "10.3.0.9:80")
    assert found.cause == "loop"
    assert "packets go round between r1 and r2 until their TTL runs out" in found.verdict


def test_a_target_has_to_be_one(road: Lab) -> None:
    for wrong in ("www", "www:", "www:0", "www:99999", "www:80/sctp", "2001:db8::4:80"):
        with pytest.raises(LabError, match="is not HOST:PORT"):
            road.why("h1", wrong)


def test_names_by_dns(lab: Lab) -> None:
    found = lab.why("h1", "wwww.example.com:80")
    assert said(found) == ("name", "h1")
    assert "(NXDOMAIN); did you mean 'www.example.com'?" in found.verdict
    assert lab.why("h1", "www.example.com:80").possible
    assert lab.why("h1", "10.1.1.1:53/udp").possible
    lab.service("backbone", "dns", "stop")
    try:
        found = lab.why("h1", "www.example.com:80")
    finally:
        lab.service("backbone", "dns", "start")
    assert said(found) == ("dns", "backbone")
    assert "the name server 10.1.1.1 does not answer: nobody listens on port 53/udp" in (
        found.verdict
    )


def test_a_daemon_that_was_stopped(lab: Lab) -> None:
    lab.service("ftp", "ftp", "stop")
    try:
        found = lab.why("h1", "ftp.example.com:21")
    finally:
        lab.service("ftp", "ftp", "start")
    assert said(found) == ("listener", "ftp")
