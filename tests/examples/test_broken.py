"""examples/broken, started and checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

EXAMPLE = "broken"
pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_the_readme(play: Callable[[], None]) -> None:
    play()
