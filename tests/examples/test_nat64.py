"""examples/nat64, started and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = "nat64"
TUN = Path("/dev/net/tun")
# Root of a lab is nobody on the computer: what counts is the mode for others, 0666 by udev's rules.
IS_OPEN = TUN.exists() and TUN.stat().st_mode & 0o006 == 0o006
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not IS_OPEN, reason=f"{TUN} is not open to everybody"),
]


def test_the_readme(play: Callable[[], None]) -> None:
    play()
