"""examples/nat64, started and checked."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

EXAMPLE = "nat64"
TUN = "/dev/net/tun"
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not os.access(TUN, os.R_OK | os.W_OK), reason=f"{TUN} cannot be used"),
]


def test_the_readme(play: Callable[[], None]) -> None:
    play()
