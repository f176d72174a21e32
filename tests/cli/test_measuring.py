"""``netplay reach``, ``netplay measure`` and ``netplay exec --json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from netplay import Lab, Network

from .conftest import NAME, Netplay

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def street() -> Iterator[str]:
    """Two homes with the same addresses, each behind a modem, and a server."""
    network = Network("street")
    network.host("www")
    network.router("isp")
    network.link("www", "isp", ipv4=("10.9.0.2/24", "10.9.0.1/24"), rate="20mbit")
    for number in (1, 2):
        network.router(f"m{number}", masquerade="eth0")
        network.link(f"m{number}", "isp")
        network.host(f"h{number}")
        network.link(f"m{number}", f"h{number}", ipv4=("192.168.1.1/24", "192.168.1.2/24"))
    with Lab(network, name="cli-street") as lab:
        yield lab.name


def test_reach_is_a_table_with_an_exit_status(netplay: Netplay, street: str) -> None:
    done = netplay("reach", "-n", street)
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["FROM", "www", "isp", "m1", "h1", "m2", "h2"],
        ["www", "✓", "✓", "?", "✓", "?"],
        ["isp", "✓", "✓", "?", "✓", "?"],
        ["m1", "✓", "✓", "?", "✓", "?"],
        ["h1", "✓", "✓", "✓", "✓", "?"],
        ["m2", "✓", "✓", "✓", "?", "?"],
        ["h2", "✓", "✓", "✓", "?", "✓"],
    ]
    assert done.returncode == 0


def test_reach_by_ipv6_meets_the_filter(netplay: Netplay, street: str) -> None:
    done = netplay("reach", "-6", "-n", street, "--json", "www", "h1", "h2")
    assert json.loads(done.stdout)["reach"] == {
        "www": {"h1": False, "h2": False},
        "h1": {"www": True, "h2": False},
        "h2": {"www": True, "h1": False},
    }
    assert done.returncode == 1


def test_reach_asks_no_address_of_one_wire_only(netplay: Netplay) -> None:
    network = Network("bare")
    network.host("a", addresses={"eth0": ["fe80::5/64", "2001:db8:1::5/64", "10.5.0.1/24"]})
    network.host("b", addresses={"eth0": ["2001:db8:1::6/64"]})
    network.link("a", "b")
    with Lab(network, name="cli-bare") as lab:
        six = netplay("reach", "-6", "--json", "-n", lab.name)
        assert json.loads(six.stdout)["reach"] == {"a": {"b": True}, "b": {"a": True}}
        four = netplay("reach", "-n", lab.name)
        assert [line.split() for line in four.stdout.splitlines()[1:]] == [["a", "?"], ["b", "✗"]]
        assert four.returncode == 1
        none = netplay("measure", "-n", lab.name, "a", "b")
        assert "b has no address of IPv4" in none.stderr


def test_reach_of_an_unknown_machine(netplay: Netplay) -> None:
    assert "no machine called 'h7'" in netplay("reach", "h7").stderr


def test_measure_knows_round_trip_and_rate(netplay: Netplay, street: str) -> None:
    done = netplay("measure", "-n", street, "h1", "www", "--seconds", "1", "--json")
    found = json.loads(done.stdout)
    assert (found["from"], found["to"], found["address"]) == ("h1", "www", "10.9.0.2")
    assert (found["sent"], found["lost"]) == (20, 0)
    low, middle, high = found["round_trip"]
    assert 0 < low <= middle <= high
    for direction in ("there", "back"):
        assert 10e6 < found[direction]["rate"] < 21e6


def test_measure_by_datagrams(netplay: Netplay, street: str) -> None:
    done = netplay("measure", "-n", street, "-6", "h2", "www", "--seconds", "1", "--udp", "2M")
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"round trip  \S+ ms at least, \S+ on average, \S+ at most", lines[0])
    assert re.fullmatch(r"loss        \d+ of 20 pings", lines[1])
    for line in lines[2:]:
        (rate,) = re.findall(r"^\w+ +([0-9.]+) Mbit/s, [0-9.]+% lost$", line)
        assert 1.5 < float(rate) < 2.5
    assert len(lines) == 4


def test_measure_says_what_is_wrong(netplay: Netplay, street: str) -> None:
    done = netplay("measure", "-n", street, "-6", "www", "h1")
    assert re.search(r"www does not reach \S+; netplay why says more", done.stderr)
    assert done.returncode == 125


def test_exec_as_json(netplay: Netplay) -> None:
    script = "echo $(hostname) here; echo oops >&2; [ $(hostname) = h1 ] || exit 3"
    done = netplay("exec", "--all", "--json", "-u", "brandon", "--", "sh", "-c", script)
    assert done.returncode == 3
    assert json.loads(done.stdout) == {
        "schema": 1,
        "lab": NAME,
        "command": ["sh", "-c", script],
        "machines": {
            "h1": {"status": 0, "stdout": "h1 here\n", "stderr": "oops\n"},
            "www": {"status": 3, "stdout": "www here\n", "stderr": "oops\n"},
        },
    }
    one = json.loads(netplay("exec", "--json", "www", "--", "id", "-un").stdout)
    assert one["machines"] == {"www": {"status": 0, "stdout": "root\n", "stderr": ""}}
