"""A folder that the root of a lab may walk to, and a cache in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import image
from netplay.image import cache as image_cache


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Like tmp_path, whose parents only its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="np-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cache(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache of this test's own; root's images are not seen."""
    folder = open_folder / "cache"
    monkeypatch.setenv("NETPLAY_CACHE", str(folder))
    monkeypatch.setattr(image_cache, "SYSTEM_CACHE", open_folder / "system")
    yield folder
    image.remove()  # what a namespace wrote only a namespace can remove
