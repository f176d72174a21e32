"""Machines that are switched off and on: what the others see, what stays and what does not."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Lab, LabError, Network
from netplay.errors import NoSuchNode

pytestmark = pytest.mark.lab

IS_OFF = "b is switched off; try: netplay on b"


@pytest.fixture(scope="module")
def town() -> Iterator[Lab]:
    """Two hosts at a switch, and a router to a third that has a cable of its own."""
    net = Network("town")
    net.switch("s")
    for name in ("a", "b"):
        net.link(net.host(name, services=["ssh"]), "s")
    net.link(net.router("r"), "s")
    net.link(net.host("c"), "r")
    with Lab(net) as lab:
        yield lab


@pytest.fixture(autouse=True)
def on(town: Lab) -> Iterator[None]:
    yield
    town.heal()
    assert not town.faults()


def reaches(lab: Lab, node: str, target: str) -> bool:
    return lab[node].run("ping", "-c1", "-W1", target).returncode == 0


def carrier(lab: Lab, node: str) -> str:
    (found,) = json.loads(lab[node].run("ip", "-j", "link", "show", "eth0").stdout)
    return "LOWER_UP" if "LOWER_UP" in found["flags"] else "NO-CARRIER"


def test_nobody_hears_of_a_machine_that_is_off(town: Lab) -> None:
    assert reaches(town, "a", "b")
    with town.off("b"):
        assert not reaches(town, "a", "b")
        assert reaches(town, "a", "c")
        with pytest.raises(LabError, match=f"^{re.escape(IS_OFF)}$"):
            town["b"].run("true")
        (fault,) = town.faults()
        assert (fault.cut, fault.off) == (False, ("b",))
        state = town.state()["nodes"]
        assert [name for name in state if state[name]["off"]] == ["b"]
        assert [service["state"] for service in state["b"]["services"]] == ["stopped"]
    assert reaches(town, "a", "b")


def test_files_stay_and_what_is_in_memory_goes(town: Lab) -> None:
    write = "echo written > /root/kept; echo more >> /etc/motd; touch /tmp/gone /run/gone"
    town["b"].run("sh", "-c", f"{write}; rm /etc/issue; sleep 1000 > /dev/null 2>&1 &", check=True)
    with town.off("b"):
        pass
    there = town["b"].run("sh", "-c", "cat /root/kept; tail -n1 /etc/motd; cat /etc/issue")
    assert there.stdout == "written\nmore\n"
    assert "/etc/issue: No such file" in there.stderr
    assert town["b"].run("sh", "-c", "ls -A /tmp; ls /run").stdout.split() == ["lock", "sshd"]
    assert "sleep" not in town["b"].run("ps", "-eo", "args").stdout


@pytest.fixture
def strangers() -> Iterator[Path]:
    """A folder of the computer's that no node may reach, though anybody may write to it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "precious").write_text("mine")
        yield folder


def test_a_link_in_place_of_run_leads_to_nobodys_files(town: Lab, strangers: Path) -> None:
    line = f"rm -rf /run /tmp; ln -s {strangers} /run; ln -s {strangers} /tmp"
    town["b"].run("sh", "-c", line, check=True)
    with town.off("b"):
        pass
    assert [path.name for path in strangers.iterdir()] == ["precious"]
    assert town["b"].run("sh", "-c", "ls -d /run/sshd /tmp").stdout == "/run/sshd\n/tmp\n"
    town["b"].run("rm", "-rf", "/run", check=True)
    with town.off("b"):
        pass
    assert town["b"].run("ls", "-d", "/run/sshd").stdout == "/run/sshd\n"


def test_a_shared_folder_is_not_shown_elsewhere(strangers: Path, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("shown")
    net = Network("shared")
    net.host("a", binds=[f"{tmp_path}:/deep/down"])
    with Lab(net) as lab:
        lab["a"].run(
            "sh", "-c", f"umount /deep/down && rm -rf /deep && ln -s {strangers} /deep", check=True
        )
        with lab.off("a"):
            pass
        assert [path.name for path in strangers.iterdir()] == ["precious"]
        assert lab["a"].run("cat", "/deep/down/here").stdout == "shown"


def test_a_service_that_has_failed_does_not_hinder_healing(town: Lab) -> None:
    town["b"].run("pkill", "-o", "sshd", check=True)
    while town.state()["nodes"]["b"]["services"][0]["state"] != "exited":
        pass
    town.heal()
    town.reset("b")


def test_services_are_there_again(town: Lab) -> None:
    town.off("b")
    town.on("b")
    assert "\nb ssh-ed25519 " in town["a"].run("ssh-keyscan", "-t", "ed25519", "b").stdout


def test_a_peer_hears_no_goodbye(town: Lab) -> None:
    """FIN and RST would come from a machine that still has power."""
    program = "import socket, sys; s = socket.create_connection(('a', 7001)); sys.stdin.read()"
    with town["a"].socket() as listener:
        listener.bind(("0.0.0.0", 7001))
        listener.listen()
        with town["b"].start("python3", "-c", program):
            peer, _ = listener.accept()
            with peer, town.off("b"):
                peer.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    peer.recv(1)


def test_both_ends_of_a_cable_lose_the_carrier(town: Lab) -> None:
    with town.off("r"):
        assert (carrier(town, "c"), carrier(town, "a")) == ("NO-CARRIER", "LOWER_UP")
    assert carrier(town, "c") == "LOWER_UP"
    assert reaches(town, "c", "a")


def test_a_cut_and_a_machine_that_is_off_do_not_undo_each_other(town: Lab) -> None:
    town.cut("c", "r")
    with town.off("c"):
        town.mend("c", "r")
        assert not reaches(town, "r", "c")
        town.cut("c", "r")
    assert carrier(town, "c") == "NO-CARRIER"
    town.mend("c", "r")
    assert carrier(town, "c") == "LOWER_UP"


def test_a_cable_between_two_that_are_off_waits_for_both(town: Lab) -> None:
    town.off("r", "c")
    town.on("c")
    assert carrier(town, "c") == "NO-CARRIER"
    town.on("r")
    assert carrier(town, "c") == "LOWER_UP"


def test_a_block_leaves_off_what_was_off(town: Lab) -> None:
    town.off("b")
    with town.off("a", "b"):
        pass
    with pytest.raises(LabError, match="b is switched off"):
        town["b"].run("true")
    assert town["a"].run("true").returncode == 0
    town.on()
    assert town["b"].run("true").returncode == 0


def test_reset_gives_fresh_files_and_power(town: Lab) -> None:
    town["b"].run("touch", "/root/old", check=True)
    town.off("b")
    town.reset("b")
    assert town["b"].run("ls", "/root/old").returncode != 0
    assert reaches(town, "a", "b")


def test_why_names_the_machine_that_is_off(town: Lab) -> None:
    with town.off("b"):
        found = town.why("a", "b:22")
        assert (found.cause, found.place) == ("link", "b")
        assert "b is switched off" in found.verdict
        for _ in range(2):  # the second time the router has given up asking for it
            assert "b is switched off" in town.why("c", "b:22").verdict
    with town.off("r"):
        assert "r is switched off" in town.why("c", "a:22").verdict


def test_a_name_that_is_no_machine(town: Lab) -> None:
    with pytest.raises(NoSuchNode, match="no machine called 'bb'; did you mean 'b'"):
        town.off("bb")
    with pytest.raises(NoSuchNode, match="no machine called 's'"):
        town.on("s")
