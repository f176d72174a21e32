"""What the playground promises: addresses, paths, names, ports, and walls."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from netplay import Lab

pytestmark = pytest.mark.lab

HOMES = ("h1", "h2", "h3", "h4")
MODEMS = ("modemA", "modemB")
MACHINES = (*HOMES, *MODEMS, "isp", "backbone", "example", "ftp", "mail", "www")
WWW4, WWW6 = "10.130.1.4", "2001:db8:130:1::4"

# Open TCP ports as nmap shows them, and nothing else.
PORTS = {
    **{name: {22} for name in (*HOMES, *MODEMS, "isp", "example")},
    "backbone": {22, 53, 443, 853},
    "ftp": {21, 22, 23},
    "mail": {22, 25, 110, 143, 465, 587, 993, 995},
    "www": {22, 80, 443},
}


def shell(lab: Lab, node: str, line: str, **options: object) -> str:
    return lab[node].run("sh", "-c", line, check=True, timeout=60, **options).stdout  # type: ignore[arg-type]


def hops(text: str) -> list[tuple[str, str]]:
    """(name, address) of each hop of a traceroute."""
    return re.findall(r"^ *\d+ +(\S+) \(([^)]+)\)", text, re.MULTILINE)


def test_there_are_twelve_machines_with_their_own_names(lab: Lab) -> None:
    assert tuple(node.name for node in lab) == MACHINES
    names = {node.name: node.run("hostname").stdout.strip() for node in lab}
    assert names["example"] == "example.com"
    assert names["www"] == "www.example.com"
    assert names["h1"] == "h1"


@pytest.mark.parametrize("home", ["h1", "h4"])
def test_traceroute_shows_the_five_hops_with_their_names(lab: Lab, home: str) -> None:
    assert hops(shell(lab, home, "traceroute www.example.com")) == [
        ("modem", "192.168.1.1"),
        ("isp", "10.25.1.1"),
        ("backbone", "10.1.1.1"),
        ("example.com", "10.130.1.1"),
        ("www.example.com", WWW4),
    ]


def test_traceroute_over_ipv6_takes_the_same_way(lab: Lab) -> None:
    names = [name for name, _ in hops(shell(lab, "h1", "traceroute -6 www.example.com"))]
    assert names[1:] == ["isp", "backbone", "example.com", "www.example.com"]


@pytest.mark.parametrize("home", ["h1", "h4"])
def test_ping_of_www_has_ttl_60(lab: Lab, home: str) -> None:
    assert "ttl=60" in shell(lab, home, "ping -c1 www.example.com")
    assert "ttl=62" in shell(lab, home, "ping -c1 backbone")
    assert "ttl=60" in shell(lab, home, f"ping -c1 {WWW6}")


@pytest.mark.parametrize("machine", MACHINES)
def test_the_open_ports_of_a_machine_are_exactly_these(lab: Lab, machine: str) -> None:
    lines = shell(lab, machine, "ss -Hltn").splitlines()
    ends = [line.split()[3].rsplit(":", 1) for line in lines]
    listening = {int(port) for address, port in ends if address not in ("127.0.0.1", "[::1]")}
    assert listening == PORTS[machine]


@pytest.mark.parametrize(
    ("scanner", "machine"),
    [
        ("h2", "h1"),
        ("h1", "backbone"),
        ("h1", "ftp"),
        ("h4", "mail"),
        ("h1", "www"),
        ("www", "isp"),
    ],
)
def test_nmap_shows_the_open_ports(lab: Lab, scanner: str, machine: str) -> None:
    text = shell(lab, scanner, f"nmap -n -p 1-1024 {machine}")
    assert {int(port) for port in re.findall(r"^(\d+)/tcp +open", text, re.M)} == PORTS[machine]


def test_nobody_outside_reaches_a_home_machine(lab: Lab) -> None:
    assert lab["www"].run("ping", "-c1", "-W1", "192.168.1.11").returncode
    assert lab["h4"].run("ping", "-c1", "-W1", "192.168.1.11").returncode
    assert lab["www"].run("ping", "-c1", "-W1", "2001:db8:a::11").returncode
    assert lab["h4"].run("ping", "-c1", "-W1", "2001:db8:a::11").returncode
    assert lab["h2"].run("ping", "-c1", "-W1", "192.168.1.11").returncode == 0


def test_a_route_through_the_modem_does_not_open_it(lab: Lab) -> None:
    isp = lab["isp"]
    isp.run("ip", "route", "add", "192.168.1.0/24", "via", "10.25.1.65", "dev", "eth1", check=True)
    try:
        assert isp.run("ping", "-c1", "-W1", "192.168.1.11").returncode
        assert isp.run("nc", "-zw1", "192.168.1.11", "22").returncode
        # The modem itself is reached that way: it is the filter that stopped us, not the route.
        assert isp.run("ping", "-c1", "-W1", "192.168.1.1").returncode == 0
    finally:
        isp.run("ip", "route", "del", "192.168.1.0/24", check=True)


def test_two_homes_are_told_apart_by_their_modems(lab: Lab) -> None:
    seen = {
        home: shell(lab, home, "curl -4s http://www.example.com/ip").strip()
        for home in ("h1", "h4")
    }
    assert "10.25.1.65" in seen["h1"]
    assert "10.25.1.66" in seen["h4"]


def test_the_modems_reach_each_other(lab: Lab) -> None:
    shell(lab, "modemA", "ping -c1 -W1 10.25.1.66")
    shell(lab, "modemB", "ping -c1 -W1 modemA")


def test_an_unknown_address_is_refused_and_does_not_go_round_in_circles(lab: Lab) -> None:
    text = lab["www"].run("ping", "-c1", "-W1", "10.25.9.9").stdout
    assert "Unreachable" in text


@pytest.mark.parametrize("machine", MACHINES)
def test_short_and_full_names_resolve_everywhere(lab: Lab, machine: str) -> None:
    words = "www www.example.com mail ftp.example.com backbone isp example.com h4 modemA"
    for name in words.split():
        assert lab[machine].run("getent", "ahostsv4", name).returncode == 0, name


def test_ipv4_is_preferred_where_a_name_has_both(lab: Lab) -> None:
    assert shell(lab, "h1", "getent ahosts www.example.com").split()[0] == WWW4
    assert shell(lab, "h1", "getent ahostsv6 www.example.com").split()[0] == WWW6


SSH = "ssh -o BatchMode=yes"


def ssh_pairs() -> Iterator[tuple[str, str]]:
    """From every machine to every other that has a way in."""
    home = {"h1": "A", "h2": "A", "h3": "A", "h4": "B", "modemA": "A", "modemB": "B"}
    for source in MACHINES:
        for target in MACHINES:
            if target not in HOMES or home.get(source) == home[target]:
                yield source, target


@pytest.mark.slow
@pytest.mark.parametrize("person", ["root", "brandon"])
def test_ssh_from_everywhere_to_everywhere_asks_nothing(lab: Lab, person: str) -> None:
    def log_in(pair: tuple[str, str]) -> tuple[str, str, str]:
        source, target = pair
        done = lab[source].run(*shlex.split(f"{SSH} {target} hostname -s"), user=person, timeout=60)
        return source, target, done.stdout.strip() or done.stderr

    with ThreadPoolExecutor(4) as pool:
        for source, target, said in pool.map(log_in, ssh_pairs()):
            assert said == target, f"{source} → {target}: {said}"


@pytest.mark.parametrize("person", ["root", "brandon"])
def test_a_password_opens_ssh(lab: Lab, person: str) -> None:
    answer = shell(
        lab,
        "h1",
        "printf '#!/bin/sh\\necho abc123\\n' > /tmp/ask; chmod +x /tmp/ask;"
        "SSH_ASKPASS=/tmp/ask SSH_ASKPASS_REQUIRE=force setsid"
        f" ssh -o PubkeyAuthentication=no {person}@www.example.com whoami; rm /tmp/ask",
    )
    assert answer.strip() == person


def test_sudo_asks_brandon_nothing(lab: Lab) -> None:
    assert lab["h1"].run("sudo", "-n", "id", "-u", user="brandon").stdout.strip() == "0"


def test_tcpdump_on_the_modem_sees_both_sides_of_the_translation(lab: Lab) -> None:
    modem = lab["modemA"]
    with modem.start("tcpdump", "-lnni", "any", "-c", "2", "tcp port 80 and tcp[13] == 2") as dump:
        assert dump.stderr is not None
        while b"listening on" not in dump.stderr.read(4096):
            pass
        shell(lab, "h1", "curl -4s http://www.example.com/ip")
        out, _ = dump.communicate(timeout=10)
    text = out.decode()
    assert "192.168.1.11." in text
    assert "10.25.1.65." in text


def test_a_packet_for_the_world_outside_ends_in_the_lab(lab: Lab) -> None:
    for address in ("192.0.2.1", "198.51.100.7", "2001:4860:4860::8888"):
        text = lab["h1"].run("ping", "-c1", "-W1", address).stdout
        assert "1 received" not in text
    links = shell(lab, "backbone", "ip -br link")
    assert {line.split("@")[0].split()[0] for line in links.splitlines()} == {"lo", "eth0", "eth1"}
