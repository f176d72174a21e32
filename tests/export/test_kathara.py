"""Kathará's folders: what is understood, what stays a command, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netplay.errors import TopologyError
from netplay.export import import_kathara
from netplay.model import Role, Topology

FOLDER = Path(__file__).parent / "kathara"


@pytest.fixture(scope="module")
def lab() -> Topology:
    return import_kathara(FOLDER)


def addresses(lab: Topology, name: str) -> dict[str, list[str]]:
    return {i.name: [str(a) for a in i.addresses] for i in lab[name].interfaces}


def test_name_and_nodes(lab: Topology) -> None:
    assert lab.name == "Two-Offices"
    assert [node.name for node in lab] == ["pc1", "pc2", "r", "pc3", "A"]
    assert lab["r"].role is Role.ROUTER
    assert lab["A"].role is Role.SWITCH  # three devices share domain A; B is a mere cable
    assert {str(end) for link in lab.links for end in (link.a, link.b)} >= {"r:eth1", "pc3:eth0"}


def test_simple_lines_are_understood(lab: Topology) -> None:
    assert addresses(lab, "pc1") == {"eth0": ["10.0.0.11/24"]}
    assert addresses(lab, "pc2") == {"eth0": ["10.0.0.12/24"]}
    assert addresses(lab, "r") == {"eth0": ["10.0.0.1/24"], "eth1": ["10.1.0.1/24", "fd00::1/64"]}
    assert [str(route.gateway) for route in lab["pc1"].routes] == ["10.0.0.1"]
    assert [route.interface for route in lab["pc2"].routes] == ["eth0"]
    assert lab["pc2"].interface("eth0").mac == "02:00:00:00:00:22"


def test_other_lines_stay_commands(lab: Topology) -> None:
    assert lab["pc1"].commands == ("echo shared", "systemctl start ssh")
    assert lab["r"].commands == (
        "echo ready",
        "echo shared",
        "ip route add 10.9.0.0/16 via 10.1.0.2 metric 7",
    )


def test_a_real_script_is_run_as_it_is(lab: Topology) -> None:
    assert lab["pc3"].commands == ("echo shared", "sh /hostlab/pc3.startup")
    assert addresses(lab, "pc3") == {"eth0": []}


def test_folders(lab: Topology) -> None:
    targets = {bind.target: bind.source for bind in lab["pc1"].binds}
    assert targets == {
        "/hostlab": str(FOLDER),
        "/shared": str(FOLDER / "shared"),
        "/etc/motd": str(FOLDER / "pc1/etc/motd"),
    }


def test_options_of_containers_are_told(lab: Topology) -> None:
    assert [warning.partition(":")[0] for warning in lab.warnings] == [
        "'image' is not used",
        "'mem' is not used",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no device is described"),
        ("pc1[0=A", r"lab.conf:1: 'pc1\[0=A' is not a line"),
        ('pc1[0]="A"\npc1[0]="B"', r"lab.conf:2: pc1\[0\] is given twice"),
        ('pc1[0]="A B"', "'A B' is not a collision domain"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "lab.conf").write_text(text)
    with pytest.raises(TopologyError, match=message):
        import_kathara(tmp_path)


def test_a_domain_may_have_the_name_of_a_device(tmp_path: Path) -> None:
    (tmp_path / "lab.conf").write_text("a[0]=a\nb[0]=a\nc[0]=a\n")
    assert [node.name for node in import_kathara(tmp_path)] == ["a", "b", "c", "lan-a"]
