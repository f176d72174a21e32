"""examples/two-sites, started and checked."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from statistics import median

import pytest

from netplay import Lab

EXAMPLE = "two-sites"
pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_the_readme(play: Callable[[], None]) -> None:
    play()


def rtts(example: Lab) -> list[float]:
    """Round trips in milliseconds."""
    said = example["desk"].run("ping", "-c20", "-i0.05", "files", timeout=60).stdout
    return [float(text) for text in re.findall(r"time=([\d.]+) ms", said)]


def test_the_line_is_as_bad_as_the_file_says(example: Lab) -> None:
    assert min(rtts(example)) >= 80


def test_a_healed_line_gets_the_faults_of_its_file_back(example: Lab) -> None:
    example.fault("north", "south", delay="1ms", loss="0%", rate="1gbit")
    better = rtts(example)
    assert len(better) == 20
    assert median(better) < 80
    example.heal("north", "south")
    assert min(rtts(example)) >= 80


def test_losses_cost_a_good_part_of_the_download(example: Lab) -> None:
    def download() -> float:
        words = "--client files --reverse --time 5 --congestion reno --json"
        deadline = time.monotonic() + 30
        # The server makes ready for the next client in its own time and refuses one till then.
        while (done := example["desk"].run("iperf3", *words.split(), timeout=60)).returncode:
            assert time.monotonic() < deadline, done.stdout
        return float(json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"])

    lossy = download()
    example.fault("north", "south", loss="0%")
    clean = download()
    example.heal()
    assert lossy < clean * 0.75
    assert clean < 10e6
