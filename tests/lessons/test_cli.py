"""``netplay lessons`` and ``netplay lesson``, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netplay.cli.entry import run
from netplay.cli.lesson_read import for_terminal, started
from netplay.lessons import progress
from netplay.lessons.chapter import chapter

PAGE = """\
# Hello

```console greeting
h1$ echo Hello &
Hello
```

```console second
h1$ echo "from $(hostname)"
from h2
```
"""
TOML = 'title = "Hello"\nteaches = "say hello"\ntopology = "lab.clab.yml"\n'
LAB = """\
name: small
topology:
  nodes:
    h1: {kind: linux}
    h2: {kind: linux}
  links:
    - {endpoints: ["h1:eth1", "h2:eth1"]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chapter 7 with one wrong line, the only one there is; and no progress yet."""
    folder = tmp_path / "lessons" / "07-hello"
    folder.mkdir(parents=True)
    for name, text in {"README.md": PAGE, "chapter.toml": TOML, "lab.clab.yml": LAB}.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("netplay.lessons.chapter.lessons", lambda: folder.parent)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return folder


@pytest.mark.parametrize(
    ("toml", "name"),
    [
        (TOML, "lesson-7"),
        ('title = "H"\nteaches = "x"\n', "playground"),
        ('title = "H"\nteaches = "x"\nservices = {ftp = ["memcached"]}\n', "lesson-7"),
        ('title = "H"\nteaches = "x"\nlayers = ["browser"]\n', "lesson-7"),
    ],
)
def test_a_chapter_that_needs_more_than_the_playground_has_a_lab_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, toml: str, name: str
) -> None:
    (folder / "chapter.toml").write_text(toml)
    monkeypatch.setattr("netplay.cli.starting.start", lambda _: True)
    lab = started(chapter(folder))
    assert lab.name == name
    assert lab.topology.layers == (("browser",) if "layers" in toml else ())


def test_lessons_are_listed_with_progress(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lesson", "hello", "--done"]) == 0
    assert run(["lessons"]) == 0
    assert capsys.readouterr().out.split() == [
        *["chapter", "after", "it", "you", "can", "you"],
        *["7", "Hello", "say", "hello", "done"],
    ]
    assert run(["lessons", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["number"], one["name"], one["done"]) == (7, "07-hello", True)
    assert run(["lesson", "7", "--not-done"]) == 0
    assert not progress.progress()["07-hello"].done


def test_a_page_on_a_pipe_is_its_markdown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lesson", "7"]) == 0
    assert capsys.readouterr().out == PAGE


def test_a_copy_is_ones_own(folder: Path, tmp_path: Path) -> None:
    (folder / "__pycache__").mkdir()
    assert run(["lesson", "7", "--copy", str(tmp_path / "mine")]) == 0
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        *["README.md", "chapter.toml", "lab.clab.yml"]
    ]
    assert run(["lesson", "7", "--copy", str(tmp_path / "mine")]) == 1


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["9"], 1, "no chapter is called '9'"),
        (["7", "run", "greting"], 1, "has no transcript 'greting'; did you mean 'greeting'?"),
        (["7", "run"], 1, "has no transcript ''; it has greeting, second"),
        (["7", "play", "greeting"], 2, "after the chapter comes 'run NAME', not 'play greeting'"),
        (["test", "9"], 1, "no chapter is called '9'"),
    ],
)
def test_mistakes(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    sentence: str,
) -> None:
    assert run(["lesson", *words]) == status
    assert sentence in capsys.readouterr().err


def test_a_terminal_shows_hidden_answers_and_names_pictures() -> None:
    text = "![A map](map.svg)\n\n<details><summary>Why <code>x</code>?</summary>\n\nSo.\n</details>"
    assert for_terminal(text).split("\n") == [
        *["*(a picture: A map, map.svg)*", "", "> **?** Why `x`?", "", "", "So.", ""]
    ]


@pytest.mark.lab
@pytest.mark.timeout(120)
def test_a_chapter_is_tested_rewritten_and_played_in_a_lab(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lesson", "test", "7"]) == 1
    out = capsys.readouterr().out
    assert f"--- {folder}/README.md:10  h1$ echo" in out
    assert "-from h2\n+from h1\n" in out
    assert "07-hello: FAILED, 2 commands, 1 not as on the page" in out

    assert run(["lesson", "update", "7"]) == 0
    assert (folder / "README.md").read_text() == PAGE.replace("from h2", "from h1")
    assert run(["lesson", "test", "-j", "2", "7"]) == 0
    assert "07-hello: passed, 2 commands" in capsys.readouterr().out

    assert run(["lesson", "7", "run", "second"]) == 0
    try:
        assert "from h1" in capsys.readouterr().out
        assert progress.progress()["07-hello"].played == ("second",)
    finally:
        assert run(["down", "-n", "lesson-7"]) == 0


@pytest.mark.lab
@pytest.mark.timeout(120)
def test_an_update_refuses_a_command_that_waits_for_what_nobody_types(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "# Hello\n\n```console ask\nh1$ bash -c 'read -p \"Your name: \" name'\n```\n"
    (folder / "README.md").write_text(page)
    (folder / "chapter.toml").write_text("deadline = 2\n" + TOML)
    assert run(["lesson", "update", "7"]) == 1
    said = f"{folder}/README.md:4: this does not end; the last that it said is 'Your name:'"
    assert said in capsys.readouterr().err
    assert (folder / "README.md").read_text() == page
