"""Fixtures of the whole suite. Everything that starts namespaces is marked `lab`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Lab, playground


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the expected files anew")


@pytest.fixture(scope="session", autouse=True)
def run_directory() -> Iterator[Path]:
    """A run directory of this test run: its labs meet nobody else's."""
    # Not tmp_path: the path of a Unix socket may be 107 bytes long.
    folder = Path(tempfile.mkdtemp(prefix="np-"))
    before = os.environ.get("NETPLAY_RUN")
    os.environ["NETPLAY_RUN"] = str(folder)
    yield folder
    if before is None:
        del os.environ["NETPLAY_RUN"]
    else:
        os.environ["NETPLAY_RUN"] = before
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def work_folder() -> Iterator[Path]:
    """What is at /work in the session's lab."""
    folder = Path(tempfile.mkdtemp(prefix="np-work-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def lab(work_folder: Path) -> Iterator[Lab]:
    """The playground, up; shared by all tests that leave it as they found it."""
    with Lab(playground(), work=work_folder) as lab:
        yield lab
