"""fault, faults, heal, cut, mend, off, on, partition and schedule, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Lab

from .conftest import Netplay

pytestmark = pytest.mark.lab

LINK = "h1:eth1 sw:p1"


@pytest.fixture(autouse=True)
def healed(small: Lab) -> Iterator[None]:
    yield
    small.heal()


def test_a_fault_is_made_shown_and_healed(netplay: Netplay) -> None:
    done = netplay("fault", "h1", "www", "delay=20ms", "loss=1%", "--seed", "7")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{LINK}: changed")
    lines = netplay("faults").stdout.splitlines()
    assert lines[0].split() == ["LINK", "CONDITIONS", "LOST", "SEED"]
    assert lines[1].split()[:5] == ["h1:eth1", ">", "sw:p1", "delay=20ms", "loss=1%"]
    assert lines[1].split()[-1] == "7"
    assert len(lines) == 3
    assert netplay("heal").stderr == "every link is healed\n"
    assert netplay("faults").stdout == ""


def test_faults_are_json_for_a_program(netplay: Netplay) -> None:
    netplay("fault", "h1", "sw", "--one-way", "rate=10mbit", "queue=50")
    netplay("cut", "www")
    found = json.loads(netplay("faults", "--json").stdout)
    assert (found["schema"], found["partition"]) == (1, [])
    first, second = found["links"]
    assert (first["link"], first["cut"]) == (LINK, False)
    assert first["forward"]["conditions"] == {"rate": 10_000_000, "queue": 50}
    assert first["forward"]["backend"] in ("netem", "wire")
    assert first["backward"] == {"conditions": {}, "backend": None, "counts": None}
    assert (second["link"], second["cut"]) == ("www:eth1 sw:p2", True)


def test_cut_and_mend(netplay: Netplay) -> None:
    assert netplay("cut", "h1").returncode == 0
    assert "NO-CARRIER" in netplay("h1", "ip", "link").stdout
    assert netplay("faults").stdout.splitlines()[1].split() == ["h1:eth1", "sw:p1", "cut"]
    assert netplay("mend", "h1").returncode == 0
    assert "NO-CARRIER" not in netplay("h1", "ip", "link").stdout


def test_off_and_on(netplay: Netplay) -> None:
    done = netplay("off", "www")
    assert (done.returncode, done.stderr) == (0, "www: off; netplay on switches on again\n")
    done = netplay("www", "true")
    assert done.returncode == 125
    assert done.stderr == "netplay: www is switched off; try: netplay on www\n"
    assert netplay("ps").stdout.splitlines()[-1].split()[-2:] == ["(off)", "-"]
    assert [n["off"] for n in json.loads(netplay("ps", "--json").stdout)["nodes"]] == [False, True]
    assert netplay("faults").stdout.splitlines()[1].endswith("www is off")
    assert json.loads(netplay("faults", "--json").stdout)["links"][0]["off"] == ["www"]
    done = netplay("exec", "--all", "--", "echo", "here")
    assert (done.returncode, done.stdout) == (125, "h1  | here\n")
    assert done.stderr == "www | is switched off\n"
    machines = json.loads(netplay("exec", "--all", "--json", "--", "true").stdout)["machines"]
    assert {name: machine["status"] for name, machine in machines.items()} == {"h1": 0, "www": 125}
    assert netplay("reach").stdout.split()[3:] == ["h1", "✗", "www", "✗"]
    assert netplay("on").stderr == "all machines: on\n"
    assert netplay("www", "true").returncode == 0
    # h1 may still wait for the answer to an ARP question that it asked before.
    assert netplay("h1", "ping", "-c9", "-i0.5", "-W1", "192.168.1.4").returncode == 0
    assert netplay("off").returncode == 2


def test_partition(netplay: Netplay) -> None:
    assert netplay("partition", "h1 | www").returncode == 0
    assert netplay("h1", "ping", "-c1", "-W0.3", "192.168.1.4").returncode == 1
    assert netplay("faults").stdout.splitlines()[1].split("  ")[:2] == ["partition", "h1 | www"]
    assert netplay("heal").returncode == 0
    assert netplay("h1", "ping", "-c1", "192.168.1.4").returncode == 0


def test_a_preset(netplay: Netplay) -> None:
    assert netplay("fault", "h1", "--preset", "3g").returncode == 0
    found = json.loads(netplay("faults", "--json").stdout)["links"][0]
    assert found["forward"]["conditions"]["rate"] == 768_000
    assert found["backward"]["conditions"]["rate"] == 1_600_000
    assert netplay("fault", "--presets").stdout.startswith("PRESET")


def test_a_schedule_runs_to_its_end(netplay: Netplay, tmp_path: Path) -> None:
    file = tmp_path / "storm.yml"
    file.write_text(
        "- {at: 0s, link: h1, delay: 5ms}\n"
        "- {at: 100ms, for: 100ms, cut: h1}\n"
        "- {at: 100ms, for: 50ms, link: h1, delay: 9ms}\n"
    )
    done = netplay("schedule", str(file))
    assert [line.split(" s  ")[1] for line in done.stderr.splitlines()] == [
        "fault h1 delay=5ms",
        "cut h1",
        "fault h1 delay=9ms",
        "end of fault h1 delay=9ms",
        "end of cut h1",
    ]
    (link,) = json.loads(netplay("faults", "--json").stdout)["links"]
    assert (link["cut"], link["forward"]["conditions"]) == (False, {"delay": 0.005})


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["fault", "h1"], 2, "say what is wrong, as in 'delay=50ms'"),
        (["fault", "h1", "delay=5"], 125, "delay: '5' is not a time; write it as in '50ms'"),
        (["fault", "h1", "dealy=5ms"], 125, "'dealy'; did you mean 'delay'?"),
        (["fault", "--one-way", "h1", "delay=5ms"], 2, "--one-way needs two ends"),
        (["fault", "hh1", "delay=5ms"], 125, "no 'hh1' in this lab; did you mean 'h1'?"),
        (["fault", "h1", "--preset", "sdl"], 125, "no preset 'sdl'; did you mean 'dsl'?"),
        (["cut", "h1", "h1"], 125, "h1 and h1 are no neighbours"),
        (["partition", "h1"], 125, "needs two groups or more"),
        (["schedule", "nothing.yml"], 125, "there is no file 'nothing.yml'"),
    ],
)
def test_mistakes_are_told(netplay: Netplay, words: list[str], status: int, sentence: str) -> None:
    done = netplay(*words)
    assert sentence in done.stderr
    assert done.returncode == status


def test_a_schedule_with_a_mistake_does_nothing(netplay: Netplay, tmp_path: Path) -> None:
    file = tmp_path / "storm.yml"
    file.write_text("- {at: 0s, cut: h1}\n- {at: 1s, cut: h9}\n")
    done = netplay("schedule", str(file))
    assert done.returncode == 2
    assert f"{file}:2:17: [1].cut: there is no 'h9' in this lab" in done.stderr
    assert netplay("faults").stdout == ""
