"""examples/ospf-ring, started and checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netplay import Lab

EXAMPLE = "ospf-ring"
pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_the_readme(play: Callable[[], None]) -> None:
    play()


def test_a_link_that_is_cut_heals(example: Lab) -> None:
    """Both ends see the carrier go, as when somebody pulls the cable."""
    left, wait = example["left"], ("sh", "/example/until-way-leads-over.sh")
    left.run(*wait, "10.0.2.2", "10.0.3.2", timeout=60, check=True)
    example.cut("r2", "r3")
    left.run(*wait, "10.0.5.2", "10.0.4.1", timeout=60, check=True)
    example.mend("r2", "r3")
    left.run(*wait, "10.0.2.2", "10.0.3.2", timeout=60, check=True)


def test_ipv6_has_found_its_way_too(example: Lab) -> None:
    example["left"].run("ping", "-6", "-c1", "-W5", "right", timeout=60, check=True)
