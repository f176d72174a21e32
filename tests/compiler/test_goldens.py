"""Adding a case is adding a file: `tests/topology` for the good, `tests/errors` for the bad."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netplay.compiler import loads
from netplay.errors import TopologyError
from netplay.export.plain import plain

TESTS = Path(__file__).parent.parent
GOOD = sorted((TESTS / "topology").glob("*.clab.yml"))
BAD = sorted((TESTS / "errors").glob("*.clab.yml"))
SERVICES = {"ssh": ("port",), "dns": (), "nginx": ("root", "port"), "postfix": ("domain",)}
ENVIRONMENT = {"LAB": "seminar", "EMPTY": ""}


def name(path: Path) -> str:
    return path.name.removesuffix(".clab.yml")


def compiled(path: Path) -> str:
    # The folder is fixed, so that absolute paths are the same on every computer.
    text = path.read_text(encoding="utf-8")
    topology = loads(text, f"/lab/{path.name}", services=SERVICES, environment=ENVIRONMENT)
    return json.dumps(plain(topology), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_topology(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_name(name(path) + ".json"), compiled(path))


@pytest.mark.parametrize("path", BAD, ids=name)
def test_problems(path: Path, golden: Callable[[Path, str], None]) -> None:
    with pytest.raises(TopologyError) as caught:
        loads(path.read_text(encoding="utf-8"), path.name, services=SERVICES, environment={})
    golden(path.with_name(name(path) + ".txt"), f"{caught.value}\n")


def test_every_golden_has_its_file() -> None:
    expected = {p.with_suffix("").with_suffix("").stem for p in (*GOOD, *BAD)}
    for folder, suffix in (("topology", ".json"), ("errors", ".txt")):
        for path in (TESTS / folder).glob(f"*{suffix}"):
            assert path.stem in expected, f"{path} belongs to no topology"
