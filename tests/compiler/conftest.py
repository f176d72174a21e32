"""Golden files: `pytest tests/compiler --update-goldens` writes them, the diff is the review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with the golden file at a path, or write it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing; write it with --update-goldens"
        assert text == path.read_text(encoding="utf-8")

    return compare
