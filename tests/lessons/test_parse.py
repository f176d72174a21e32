"""Pages → transcripts, by golden files: the right ones, and the wrong ones with their sentences."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from netplay.errors import LessonError
from netplay.lessons.parse import parse
from netplay.lessons.plan import plan
from netplay.lessons.transcript import Command, Key, Part, Typed, parts
from tests.lessons.conftest import HERE, MACHINES

PAGES = sorted((HERE / "pages").glob("*.md"))
WRONG = sorted((HERE / "wrong").glob("*.md"))


def check(file: Path, now: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-goldens"):
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_a_page_is_read_as_its_golden_file_says(file: Path, request: pytest.FixtureRequest) -> None:
    page = parse(file.read_text(encoding="utf-8"), file.name, MACHINES)
    words = dataclasses.asdict(page)
    words["plan"] = {line: c.line for line, c in plan(page.transcripts, file.name).items()}
    now = json.dumps(words, indent=1, ensure_ascii=False) + "\n"
    check(file.with_suffix(".json"), now, request)


def read(file: Path) -> None:
    page = parse(file.read_text(encoding="utf-8"), file.name, MACHINES)
    plan(page.transcripts, file.name)


@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_each_mistake_has_one_sentence_with_file_and_line(
    file: Path, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(LessonError) as caught:
        read(file)
    check(file.with_suffix(".txt"), str(caught.value) + "\n", request)
    for sentence in str(caught.value).splitlines():
        assert sentence.startswith(f"{file.name}:")


def test_a_body_is_cut_at_what_a_person_does() -> None:
    body = ("Hello", "Name: «brandon»", "^C", "Bye", "[exit status 3]")
    assert list(parts(body)) == [
        Part(("Hello",), Typed("Name: ", "brandon")),
        Part((), Key("C")),
        Part(("Bye",), None),
    ]


def test_a_key_is_the_byte_that_a_keyboard_sends() -> None:
    assert Key("C").byte == b"\x03"
    assert Key("]").byte == b"\x1d"


def test_a_title_fits_on_a_line() -> None:
    page = parse("```console\nbrandon@h1$ ls \\\n> -l &\n```\n", "x.md", MACHINES)
    (entry,) = page.transcripts[0].entries
    assert isinstance(entry, Command)
    assert entry.title == "brandon@h1$ ls -l &"


def test_what_is_played_before_a_transcript() -> None:
    from netplay.lessons.plan import needed

    text = """
# One
```console server
h1$ cat &
```
```console other
h1$ ls
```
# Two
```console stopped
h2$ cat &
^C
```
```console above
h2$ ls
```
```console wanted
h1 ...
```
"""
    page = parse(text, "x.md", MACHINES)
    before = needed(page.transcripts, "wanted", plan(page.transcripts, "x.md"))
    assert [transcript.name for transcript in before] == ["server", "stopped", "above"]
