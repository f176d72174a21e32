"""Each module here names its EXAMPLE; the fixture `example` is that lab, up, for the module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netplay import Lab, load

from . import readme

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    name: str = request.module.EXAMPLE
    return EXAMPLES / name


@pytest.fixture(scope="module")
def example(folder: Path) -> Iterator[Lab]:
    topology = load(folder / f"{folder.name}.clab.yml", strict=True)
    with Lab(topology, work=folder) as lab:
        yield lab


@pytest.fixture
def play(folder: Path, example: Lab, pytestconfig: pytest.Config) -> Callable[[], None]:
    """Plays the README's transcripts."""
    update = bool(pytestconfig.getoption("--update-goldens"))
    return lambda: readme.play(folder, example.name, update=update)
