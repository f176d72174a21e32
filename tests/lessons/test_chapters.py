"""All chapters of this repository: the rules of docs/lessons.md, and every transcript."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netplay import Lab
from netplay.lessons import check
from netplay.lessons.chapter import chapter, folders
from netplay.lessons.lint import lint
from netplay.lessons.masks import mask

FOLDERS = folders()
PROGRAMS = [program for folder in FOLDERS for program in sorted(folder.glob("*.py"))]
each_chapter = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def needs(program: Path) -> set[str]:
    """What a program imports that is neither Python's nor the chapter's."""
    found = set()
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    beside = {path.stem for path in program.parent.iterdir()}
    return found - set(sys.stdlib_module_names) - beside


@each_chapter
def test_a_chapter_keeps_the_rules(folder: Path) -> None:
    one = chapter(folder)
    assert list(lint(one, one.page())) == []


# How programs write a day, and how they would write another one.
DAYS = {
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} 20\d\d": "Tue, 01 Dec 2037",
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d(?= \d\d:)": "Tue Dec  1",
    r"\b\d\d/[A-Z][a-z]{2}/20\d\d": "01/Dec/2037",
    r"\b20\d\d-\d\d-\d\d": "2037-12-01",
}


@each_chapter
def test_a_transcript_holds_on_another_day(folder: Path) -> None:
    one = chapter(folder)
    lines = re.findall(r"^```console.*?\n(.*?)^```", one.text, re.DOTALL | re.MULTILINE)
    typed = re.compile(r"[\w@]+\$ ")
    for line in "".join(lines).splitlines():
        if typed.match(line):
            continue
        later = line
        for day, other in DAYS.items():
            later = re.sub(day, other, later)
        assert mask(later, one.masks) == mask(line, one.masks)


@each_chapter
def test_a_chapter_is_as_long_as_an_evening(folder: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", chapter(folder).text, flags=re.DOTALL | re.MULTILINE)
    assert 2_500 <= len(prose.split()) <= 6_000


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_program_s_name_can_be_imported_and_hides_no_module(program: Path) -> None:
    """A `mailbox.py` in the folder would be what every program there imports as `mailbox`."""
    assert program.stem.isidentifier()
    assert program.stem not in sys.stdlib_module_names


@each_chapter
def test_a_page_names_folders_and_programs_that_are_there(folder: Path) -> None:
    for wanted in re.findall(r"/lessons/([0-9a-z][\w.-]*(?:/[\w.-]+)*)", chapter(folder).text):
        assert (folder.parent / wanted.rstrip(".")).exists(), wanted


@pytest.mark.parametrize(
    "program",
    [p for p in PROGRAMS if "__main__" in p.read_text() and not needs(p)],
    ids=lambda p: f"{p.parent.name}/{p.name}",
)
def test_a_program_explains_itself_on_any_machine(program: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(program), "--help"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not shutil.which("mypy", path=str(Path(sys.executable).parent)), reason="mypy")
@each_chapter
def test_programs_are_typed(folder: Path, tmp_path: Path) -> None:
    files = [p.name for p in sorted(folder.glob("*.py"))]
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"]
    command += ["--scripts-are-modules", "--config-file=", "--cache-dir", str(tmp_path)]
    done = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.lab
@pytest.mark.timeout(120)
def test_all_programs_explain_themselves_in_the_lab(lab: Lab) -> None:
    names = [f"/lessons/{p.parent.name}/{p.name}" for p in PROGRAMS if needs(p)]
    script = 'for p in "$@"; do python3 "$p" --help > /dev/null || echo "$p"; done'
    done = lab["h1"].run("bash", "-c", script, "bash", *names, timeout=100)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(600)
@each_chapter
def test_every_command_prints_what_the_page_says(folder: Path) -> None:
    report = check.examine(chapter(folder))
    assert report.passed, "\n\n".join(report.differences())
