"""docs/testing.md: what it shows is what happens; its listings are run as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
# A listing says in its first line which file it is.
FILES = {
    text.split()[1]: text
    for language, text in BLOCKS
    if language in ("python", "ini") and re.match(r"# \S+\n", text)
}
REPORT, PASSED = (text for language, text in BLOCKS if language == "text")
# What differs from run to run: times, ports that the kernel chose, the seed, folders.
MASKS = {
    r"^\s*\d+\.\d{3} ": "MS ",
    r"(?<!\w)(a|10\.0\.0\.1|\[2001:db8::1\]):\d+": r"\1:PORT",
    r"seed=\d+": "seed=N",
    r"^\S*/\.pytest_cache": "CACHE",
    r"in \d+\.\d+s": "in S",
    r"[=_-]{3,}": "---",
}
# Of the ladder, what is written on it: which node stands left depends on who spoke first.
DRAWING = re.compile(r"[│├┤▶◀─]+")


def essence(text: str) -> list[str]:
    """The lines without what chance and the width of things decide."""
    lines = []
    for line in text.splitlines():
        for pattern, mask in MASKS.items():
            line = re.sub(pattern, mask, line)
        line = " ".join(DRAWING.sub(" ", line).split())
        if re.search("[a-zA-Z]", line) and not line.startswith("ms "):
            lines.append(line)
    return lines


def in_this_order(shown: list[str], printed: Iterator[str]) -> None:
    for line in shown:
        assert any(line == other for other in printed), f"not printed (any more): {line}"


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    argv = [sys.executable, "-m", "pytest", "-p", "no:randomly", *arguments]
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def mend(folder: Path) -> None:
    """What the page's diff says."""
    (diff,) = (text for language, text in BLOCKS if language == "diff")
    wrong, right = (line[1:] for line in diff.splitlines())
    text = (folder / "greeter.py").read_text()
    assert text.count(wrong) == 1
    (folder / "greeter.py").write_text(text.replace(wrong, right))


@pytest.mark.lab
def test_the_first_test_fails_as_shown_and_passes_when_mended(folder: Path) -> None:
    before = run_pytest(folder, "--tb=short", "test_greeter.py")
    assert before.returncode == pytest.ExitCode.TESTS_FAILED, before.stdout
    in_this_order(essence(REPORT), iter(essence(before.stdout)))
    assert list((folder / ".pytest_cache/d/netplay").iterdir())
    mend(folder)
    after = run_pytest(folder, "test_greeter.py")
    assert after.returncode == pytest.ExitCode.OK, after.stdout
    in_this_order(essence(PASSED), iter(essence(after.stdout)))


@pytest.mark.lab
def test_the_other_listings_pass(folder: Path) -> None:
    mend(folder)
    done = run_pytest(folder, "-q", "--netplay-require")
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    count = sum(text.count("\ndef test_") for text in FILES.values())
    assert f"{count} passed" in done.stdout


def test_every_option_is_explained(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, "--help").stdout
    words = set(re.findall(r"--netplay-\w+|\bnetplay_\w+", said))
    assert len(words) == 5
    for word in words:
        assert f"`{word}" in PAGE


def test_the_workflow_is_one() -> None:
    (text,) = (text for language, text in BLOCKS if language == "yaml")
    steps = yaml.safe_load(text)["jobs"]["test"]["steps"]
    assert "pytest --junitxml=report.xml" in [step.get("run") for step in steps]
