"""What Docker Compose gets of a topology, and what it is told that it does not get."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from netplay.compiler import Network
from netplay.export import compose
from netplay.playground import playground


@pytest.fixture(scope="module")
def text() -> str:
    return compose(playground())


@pytest.fixture(scope="module")
def data(text: str) -> Any:
    return yaml.safe_load(text.replace("$$", "$"))


def test_every_computer_is_a_service_and_every_segment_a_network(data: Any) -> None:
    assert set(data["services"]) == {node.name for node in playground().computers}
    assert set(data["networks"]) == {
        "backbone-isp", "backbone-example", "isp-modemA", "isp-modemB",
        "homeA", "homeB", "exampleCOM",
    }  # fmt: skip
    assert all(network["internal"] for network in data["networks"].values())


def test_addresses(data: Any) -> None:
    www = data["services"]["www"]
    assert www["networks"]["exampleCOM"]["ipv4_address"] == "10.130.1.4"
    assert www["networks"]["exampleCOM"]["interface_name"] == "eth0"
    assert www["hostname"] == "www.example.com"
    gateways = [c["gateway"] for n in data["networks"].values() for c in n["ipam"]["config"]]
    assert "10.130.1.254" in gateways  # Docker's own; .1 is the router's


def test_what_docker_cannot_do_becomes_a_command(data: Any) -> None:
    isp = data["services"]["isp"]["command"][-1].splitlines()
    assert "ip address replace 10.25.1.1/32 dev eth1" in isp
    assert "ip route replace default via 10.1.1.1 src 10.25.1.1" in isp
    assert "ip -6 route replace default via 2001:db8:1:25::1 src 2001:db8:25::1" in isp
    assert isp[-1] == "exec sleep infinity"
    # homeB has the range of homeA, which Docker refuses to have twice.
    h4 = data["services"]["h4"]
    assert "ipv4_address" not in h4["networks"]["homeB"]
    assert "ip address replace 192.168.1.14/24 dev eth1" in h4["command"][-1]


def test_sysctls(data: Any) -> None:
    isp = data["services"]["isp"]
    assert isp["sysctls"]["net.ipv4.ip_forward"] == "1"
    assert isp["networks"]["isp-modemA"]["driver_opts"] == {
        "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.proxy_arp=1,"
        "net.ipv4.neigh.IFNAME.proxy_delay=0"
    }
    assert "sysctls" not in data["services"]["h1"]


def test_losses_are_told(text: str) -> None:
    assert text.startswith("# Lost: the masquerade of modemA, modemB\n")
    assert "# Lost: the zones and records of the lab's DNS" in text


def test_variables_are_for_the_shell_and_not_for_compose() -> None:
    net = Network("x")
    net.host("a", commands=["echo $HOME"])
    assert "echo $$HOME" in compose(net.topology())


def test_impairments_are_lost() -> None:
    net = Network("x")
    net.host("a")
    net.host("b")
    net.link("a", "b", delay="1ms")
    assert "# Lost: the impairments of a:eth0 b:eth0\n" in compose(net.topology())
