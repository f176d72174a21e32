"""examples/three-tier, started and checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

EXAMPLE = "three-tier"
pytestmark = pytest.mark.lab


def test_the_readme(play: Callable[[], None]) -> None:
    play()
