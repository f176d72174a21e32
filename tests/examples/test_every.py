"""What holds for every example, without starting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netplay import load

from .conftest import EXAMPLES
from .readme import lasting, transcripts

FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
PAGE = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_is_wrong_with_its_topology(folder: Path) -> None:
    topology = load(folder / f"{folder.name}.clab.yml", strict=True)
    assert topology.name == folder.name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_is_explained_and_tested(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert f"netplay up {folder.name}.clab.yml" in page
    assert list(transcripts(page))
    assert "\n## Questions\n" in page
    assert (Path(__file__).parent / f"test_{folder.name.replace('-', '_')}.py").is_file()
    assert f"(../examples/{folder.name}/README.md)" in PAGE


def test_what_differs_from_run_to_run_counts_as_equal() -> None:
    assert lasting("64 bytes: ttl=61 time=0.110 ms") == lasting("64 bytes:  ttl=61 time=3 ms\n")
    assert lasting("10.0.0.1:49152") == lasting("10.0.0.1:33000")
    assert lasting("10.0.0.1:80") != lasting("10.0.0.1:81")
    assert lasting("visit 1", [r"visit \d"]) == lasting("visit 2", [r"visit \d"])
