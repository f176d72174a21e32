"""examples/hole-punching, started and checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netplay import Lab

EXAMPLE = "hole-punching"
pytestmark = pytest.mark.lab


def test_the_readme(play: Callable[[], None]) -> None:
    play()


def test_they_meet_every_time(example: Lab) -> None:
    for meeting in range(5):
        peers = [
            example[name].start("python3", "/example/peer.py", name, f"meeting{meeting}")
            for name in ("alice", "bob")
        ]
        said = [peer.communicate(timeout=30)[0].decode() for peer in peers]
        assert "alice: bob speaks to me directly" in said[0]
        assert "bob: alice speaks to me directly" in said[1]


def test_nobody_is_called_from_outside(example: Lab) -> None:
    done = example["rendezvous"].run("ping", "-c1", "-W1", "203.0.113.9", timeout=30)
    assert done.returncode != 0
