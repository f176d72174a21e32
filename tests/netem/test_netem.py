"""netem on a kernel that has it: one boot of a virtual machine, all assertions on it.

The processor is emulated, and its timer may ring every 4 ms only: times are long and coarse. What
is in the wrong order, or too short by more than that, is wrong on any computer.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.netem.machine import CannotBeHad, run

pytestmark = pytest.mark.slow

MS = 0.001
SLOW = 30 * MS  # what an emulated processor may take for a packet


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    try:
        return run(Path(tmp_path_factory.mktemp("vm")))
    except CannotBeHad as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


def test_the_kernel_is_chosen_and_keeps_seeds(measured: dict[str, Any]) -> None:
    assert measured["backend"] == {"name": "netem", "seeded": True}


def test_one_direction_is_delayed_and_healed(measured: dict[str, Any]) -> None:
    there, here, after = measured["delay"]
    assert 50 * MS <= there < 50 * MS + SLOW
    assert here < SLOW
    assert after < SLOW


def test_the_kernel_was_told_what_was_asked(measured: dict[str, Any]) -> None:
    options = measured["options"]
    assert (options["latency"], options["jitter"]) == (50_000_000, 5_000_000)
    assert options["seed"] == options["asked"]
    assert options["healed"] == 0


def test_the_same_seed_loses_the_same_packets(measured: dict[str, Any]) -> None:
    first, again, other = measured["loss"]
    assert first == again != other
    # 135 on average, standard deviation 3.7
    assert 118 < len(first) < 150


def test_the_rate_is_kept_and_delay_comes_on_top(measured: dict[str, Any]) -> None:
    rate = measured["rate"]
    for number, seconds in enumerate(rate["slow"], start=1):
        assert (20 + 8 * number) * MS - 5 * MS <= seconds < (20 + 8 * number) * MS + SLOW
    assert 3 <= len(rate["few"]) < 12
    assert rate["few"][:3] == [0, 1, 2]
    assert rate["fast"] == 20


def test_duplicates_and_a_rate_go_together(measured: dict[str, Any]) -> None:
    assert sorted(measured["rate"]["twice"]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_damaged_packets_do_not_arrive(measured: dict[str, Any]) -> None:
    # netem damages any byte, also those of MAC addresses nobody looks at
    assert measured["damage"] < 5


def test_a_cable_at_a_switch_is_spliced_and_plugged_in_again(measured: dict[str, Any]) -> None:
    slow, fast = measured["switch"]
    assert len(slow) == len(fast) == 5
    assert min(slow) >= 30 * MS
    assert min(fast) < SLOW


def test_a_cut_holds_and_is_mended(measured: dict[str, Any]) -> None:
    held, mended = measured["cut"]
    assert held == 0
    assert mended >= 1


def test_a_partition_holds_and_is_lifted(measured: dict[str, Any]) -> None:
    assert measured["partition"] == [0, 5]
