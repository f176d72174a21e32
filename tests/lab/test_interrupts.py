"""`netplay up` and a command on a node, ended at any moment: nothing of the lab may remain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netplay import Lab, LabError
from netplay.lab.place import Place
from tests.lab.test_walls import alive

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NETPLAY = (sys.executable, "-m", "netplay", "-n", "cut")
# Seconds. A start takes about one; before the first, Python itself has not started.
MOMENTS = [round(0.15 + 0.08 * step, 2) for step in range(12)]
# While the keeper starts, and another process makes the network, which takes little time.
EARLY = [round(0.06 + 0.015 * step, 3) for step in range(16)]


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place("cut")
    yield place
    subprocess.run([*NETPLAY, "down"], capture_output=True, timeout=60)


def keepers() -> set[int]:
    """Every keeper, and every copy of whoever starts one, of this test run that is running."""
    mark = os.environ["NETPLAY_RUN"].encode()
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and alive(int(entry)):
            try:
                line = Path(f"/proc/{entry}/cmdline").read_bytes()
                environment = Path(f"/proc/{entry}/environ").read_bytes()
            except OSError:
                continue
            ours = b"netplay.keeper.main" in line or line.endswith(b"\0cut\0up\0")
            if ours and mark in environment:
                found.add(int(entry))
    return found


def settle(place: Place, before: set[int]) -> None:
    """Waits until nothing of the lab is left; one that had come up whole is taken down.

    A keeper without a launcher notices a moment later; the test's time limit is the deadline.
    """
    while place.is_up() or keepers() - before:
        with suppress(LabError):
            lab = Lab.attach("cut")
            lab.await_services(10)
            lab.down()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_up_can_be_ended_at_any_moment(place: Place, number: signal.Signals) -> None:
    before = keepers()
    for moment in EARLY + MOMENTS:
        process = subprocess.Popen([*NETPLAY, "up"], stderr=subprocess.PIPE, text=True)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        _, said = process.communicate(timeout=30)
        # Python itself, still starting on a slow computer, may show one of its own.
        assert not ("Traceback" in said and "/netplay/" in said), f"after {moment} s: {said}"
        settle(place, before)
    assert subprocess.run([*NETPLAY, "up"], capture_output=True, timeout=60).returncode == 0
    assert Lab.attach("cut")["h1"].run("true").returncode == 0


def test_a_killed_command_ends_on_its_node_too(place: Place) -> None:
    subprocess.run([*NETPLAY, "up"], check=True, capture_output=True, timeout=60)
    h1 = Lab.attach("cut")["h1"]
    process = subprocess.Popen([*NETPLAY, "h1", "sleep", "4000.25"])
    while not h1.run("pgrep", "-f", "sleep 4000.25").stdout:
        assert process.poll() is None
    process.kill()
    process.wait()
    while h1.run("pgrep", "-f", "sleep 4000.25").stdout:  # hung up, then killed
        pass
