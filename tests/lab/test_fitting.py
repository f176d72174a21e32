"""The process that makes a lab's network while its keeper starts, and a lab that loses it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netplay import HostError, Lab, Network, Topology, image
from netplay.keeper.launch import Launch
from netplay.lab.launching import Launching
from netplay.plan import network_steps

pytestmark = pytest.mark.lab


REFUSED = r"No such file .*: ip netns exec a sysctl -qw .*no_such"


def children() -> list[int]:
    """The processes that this one has started and not collected yet, in their order."""
    found: list[int] = []
    for thread in os.listdir("/proc/self/task"):
        found += map(int, Path(f"/proc/self/task/{thread}/children").read_text().split())
    return found


def network(name: str, *, sysctls: dict[str, str] | None = None) -> Topology:
    net = Network(name)
    net.host("a", sysctls=sysctls or {})
    net.host("b")
    net.link("a", "b")
    return net.topology()


def test_who_starts_a_lab_is_left_without_children(run_directory: Path) -> None:
    before = children()
    with Lab(network("childless")):
        assert children() == before
    assert children() == before


def test_a_step_that_the_kernel_refuses_is_told_as_one_would_type_it(run_directory: Path) -> None:
    lab = Lab(network("refused", sysctls={"net.ipv4.no_such_thing": "1"}))
    before = children()
    with pytest.raises(HostError, match=REFUSED):
        lab.up()
    assert not lab.place.is_up()
    assert children() == before


def test_a_refusal_is_told_by_who_can_import_nothing_any_more(run_directory: Path) -> None:
    # This process has imported half of Python; one that does nothing else has not.
    code = (
        "from netplay import HostError, Lab, Network\n"
        "net = Network('refused')\n"
        "net.host('a', sysctls={'net.ipv4.no_such_thing': '1'})\n"
        "try:\n    Lab(net.topology()).up()\n"
        "except HostError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert re.search(REFUSED, said.stdout), said


def test_a_lab_whose_network_was_not_finished_does_not_come_up(run_directory: Path) -> None:
    topology = network("unfinished")
    lab = Lab(topology)
    before = children()
    folders = tuple(map(str, image.present()))
    order = Launch(name=lab.name, steps=(), image=folders, description=b"")

    def kill(tap: int) -> None:
        os.close(tap)
        fitter = children()[-1]
        os.kill(fitter, signal.SIGKILL)
        os.waitid(os.P_PID, fitter, os.WEXITED | os.WNOWAIT)

    with lab.place.locked(), Launching(lab.place) as launching:
        # With a tap it makes no link before it is told to: so long it can be ended.
        launching.fit(tuple(network_steps(topology)), tap=True)
        with pytest.raises(HostError, match="ended without a word"):
            launching.launch(order, tap=kill)
    assert children() == before
    assert not lab.place.is_up()


def test_a_lab_of_many_machines_has_them_all(run_directory: Path) -> None:
    net = Network("many")
    net.switch("s")
    names = [f"h{number}" for number in range(40)]
    for name in names:
        net.host(name)
        net.link(name, "s")
    with Lab(net) as lab:
        pinged = lab["h0"].run("ping", "-c1", "-W2", str(lab["h39"].addresses[0]))
        assert pinged.returncode == 0
        assert list(lab.state()["nodes"]) == names


def test_what_a_program_has_opened_is_not_kept_open(run_directory: Path) -> None:
    reading, writing = os.pipe()
    with Lab(network("pipe")):
        os.close(writing)
        assert os.read(reading, 1) == b""
    os.close(reading)
