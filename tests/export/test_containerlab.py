"""What is exported to containerlab's format reads back as the same topology."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from netplay.compiler import Network, loads
from netplay.export import containerlab
from netplay.playground import playground

GOOD = sorted((Path(__file__).parent.parent / "topology").glob("*.clab.yml"))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_there_and_back(path: Path) -> None:
    environment = {"LAB": "seminar", "EMPTY": ""}
    text = path.read_text(encoding="utf-8")
    topology = replace(loads(text, str(path), environment=environment), warnings=())
    assert loads(containerlab(topology), str(path), environment={}) == topology


def test_the_playground_there_and_back() -> None:
    assert loads(containerlab(playground())) == playground()


def test_what_containerlab_itself_reads() -> None:
    """Its schema has no other keys than these for nodes, and none but these for brief links."""
    data = yaml.safe_load(containerlab(playground()))
    nodes = data["topology"]["nodes"]
    assert {key for node in nodes.values() for key in node} <= {
        "kind", "aliases", "binds", "config", "dns", "env", "exec", "sysctls",
    }  # fmt: skip
    assert {key for link in data["topology"]["links"] for key in link} <= {
        "endpoints", "ipv4", "ipv6", "mtu", "vars",
    }  # fmt: skip
    assert nodes["homeA"] == {"kind": "bridge"}
    assert data["topology"]["links"][0] == {
        "endpoints": ["backbone:eth0", "isp:eth0"],
        "ipv4": ["10.1.1.1/32", "10.25.1.1/32"],
        "ipv6": ["2001:db8:1:25::1/64", "2001:db8:1:25::2/64"],
    }


def test_own_mac_addresses_need_the_long_form() -> None:
    net = Network("macs")
    net.host("a")
    net.host("b")
    net.link("a", "b", macs=("", "02:00:00:00:00:07"))
    topology = net.topology()
    assert "type: veth" in containerlab(topology)
    assert loads(containerlab(topology)) == topology


def test_shell_variables_survive() -> None:
    net = Network("shell")
    net.host("a", commands=["echo ${HOME} $USER $${X}"], environment={"A": "${B:-c}"})
    topology = net.topology()
    assert loads(containerlab(topology), environment={"HOME": "wrong"}) == topology


def test_words_that_yaml_would_take_for_something_else() -> None:
    net = Network("no")
    odd = {"A": "on", "B": "1.10", "C": "0644", "D": "null", "E": "12:30", "F": "", "G": "~"}
    net.host("yes", environment=odd)
    assert loads(containerlab(net.topology()))["yes"].environment == odd
