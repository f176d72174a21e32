"""Whatever stands in a file instead of what should, the answer is a topology or a TopologyError."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netplay.compiler import compile_raw
from netplay.compiler.read import read_text
from netplay.errors import TopologyError

FOLDER = Path(__file__).parent.parent / "topology"
NAMES = ("accounts", "extended-links", "services")
ODD: tuple[Any, ...] = (None, [], -1, True, [[None]], {"a": [1]}, "\x00")


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*path, step))


@pytest.mark.parametrize("name", NAMES)
def test_odd_values_never_crash(name: str) -> None:
    text = (FOLDER / f"{name}.clab.yml").read_text(encoding="utf-8")
    data = read_text(text, name, {}).data
    answers = set()
    for path in places(data):
        for odd in ODD:
            changed: Any = copy.deepcopy(data)
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = odd
            try:
                answers.add(type(compile_raw(changed)).__name__)
            except TopologyError:
                answers.add("TopologyError")
    assert answers == {"Topology", "TopologyError"}
