"""The page about capture says nothing that is not so."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import netplay.capture
from netplay.capture import Filter, Writer
from netplay.errors import LabError
from tests.capture.packets import LANES, NAMES, Net
from tests.capture.test_ladder import http

PAGE = (Path(__file__).parents[2] / "docs" / "capture.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCKS if found == kind]


def test_the_example_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    net = Net()
    http(net)
    with open("lab.pcapng", "wb") as file:
        Writer(file).write(net.frames)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(blocks("python")[0], {"lanes": LANES, "names": NAMES})
    assert out.getvalue().startswith(blocks("output")[0])


def test_the_other_examples_compile_and_fail_as_they_say() -> None:
    _, recording, mistake = blocks("python")
    compile(recording, "docs/capture.md", "exec")
    with pytest.raises(LabError) as caught:
        eval(mistake, {"Filter": Filter})
    assert str(caught.value) == blocks("error")[0].strip()


def test_every_name_in_the_first_table_exists() -> None:
    rows = re.findall(r"^\|[^|]*\|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)
    names = [name for row in rows[:11] for name in re.findall(r"`(\w+)`", row)]
    assert len(names) > 15
    assert set(names) <= set(netplay.capture.__all__)


@pytest.mark.parametrize("name", netplay.capture.__all__)
def test_every_public_name_is_explained(name: str) -> None:
    assert getattr(netplay.capture, name).__doc__


def test_unknown_names_are_refused() -> None:
    assert set(netplay.capture.__all__) <= set(dir(netplay.capture))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = netplay.capture.nothing
