"""chapter.toml, listings, lint, pictures and progress: a small chapter, right and wrong."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from netplay.errors import LessonError
from netplay.lessons import diagram, progress
from netplay.lessons.chapter import chapter, chapters, find
from netplay.lessons.lint import lint
from netplay.lessons.listing import first_stranger, symbol
from netplay.lessons.masks import SHARED
from netplay.lessons.update import with_listings

PROGRAM = '''\
"""Says hello.

    python3 hello.py
"""

import argparse


def main(name: str) -> None:
    print("Hello,", name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    main(parser.parse_args().name)
'''
PAGE = """\
# Hello

hello.py says it, see [below](#second-heading) or [the program](hello.py).

![A picture](picture.svg)

```python hello.py:main
def main(name: str) -> None:
    print("Hello,", name)
```

## Second heading

```console
h1$ python3 hello.py
```
"""
PICTURE = """\
kind = "ladder"
title = "A & B"
parties = ["a", "b"]
[[step]]
from = "a"
to = "b"
text = "<hello>"
[[step]]
at = "b"
note = "it waits"
[[step]]
from = "b"
to = "a"
text = "lost"
lost = true
"""
TOML = 'title = "Hello"\nteaches = "say hello"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "07-hello"
    folder.mkdir()
    for name, text in {
        "hello.py": PROGRAM,
        "README.md": PAGE,
        "chapter.toml": TOML,
        "picture.diagram.toml": PICTURE,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file, svg in diagram.diagrams(folder):
        file.write_text(svg, encoding="utf-8")
    return folder


def complaints(folder: Path) -> list[str]:
    one = chapter(folder)
    return [text.removeprefix(f"{folder}/") for text in lint(one, one.page())]


def test_a_chapter_that_is_right(folder: Path) -> None:
    one = chapter(folder)
    assert (one.name, one.number, one.title) == ("07-hello", 7, "Hello")
    assert one.on_nodes == "/lessons/07-hello"
    assert complaints(folder) == []


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("README.md", lambda t: t.replace("hello.py", "bye.py"), "README.md: hello.py is not"),
        (
            "README.md",
            lambda t: t.replace('    print("Hello,"', '    print("Bye,"'),
            "README.md:7: this is not main of hello.py; try: lesson update",
        ),
        (
            "README.md",
            lambda t: t.replace("hello.py:main", "hello.py:mian"),
            "README.md:7: hello.py has no function or class 'mian'",
        ),
        (
            "README.md",
            lambda t: t.replace("hello.py:main", "helo.py:main"),
            "README.md:7: helo.py is not in this chapter; did you mean 'hello.py'?",
        ),
        (
            "README.md",
            lambda t: t.replace("hello.py:main", "hello.py").replace("Hello,", "Bye,"),
            "README.md:9: this line is not in hello.py at this place",
        ),
        (
            "README.md",
            lambda t: t.replace("#second-heading", "#third"),
            "README.md:3: this page has no heading #third",
        ),
        ("README.md", lambda t: t.replace("(hello.py)", "(x.py)"), "README.md:3: nothing is at x"),
        (
            "hello.py",
            lambda t: t.replace("def main", "class 9 main"),
            f"hello.py:9: Python {platform.python_version()} says: ",
        ),
        ("hello.py", lambda t: t + "#\n" * 90, "hello.py: 105 lines are more than a page (90)"),
        (
            "hello.py",
            lambda t: t.replace("import argparse", "import netplay.lab, argparse"),
            "hello.py: a lesson runs on any machine, so it imports no netplay",
        ),
        (
            "hello.py",
            lambda t: t.replace("import argparse", "import optparse"),
            "hello.py: options are read with argparse, which gives it --help",
        ),
        ("hello.py", lambda t: t.replace(" -> None", ""), "hello.py:9: main does not say what it"),
        (
            "hello.py",
            lambda t: t.replace("\n\n    python3 hello.py\n", ""),
            "hello.py:1: a docstring should say what it shows and how to run it",
        ),
        ("picture.svg", lambda t: t + " ", "picture.svg: not what its data says"),
    ],
)
def test_each_mistake_has_a_sentence(
    folder: Path, file: str, change: Callable[[str], str], sentence: str
) -> None:
    path = folder / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert [text for text in complaints(folder) if text.startswith(sentence)]


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("", "'title' is missing: one sentence, in quotes"),
        ('title = "x"', "'teaches' is missing"),
        (TOML + "mask = 1", "no key is called 'mask'; did you mean 'masks'?"),
        (TOML + "[masks]\nx = '('", "the mask 'x' is no pattern: missing )"),
        (TOML + "masks = 3", "'masks' is a table of patterns"),
        (TOML + "unmasked = ['prt']", "no shared mask is called 'prt'; did you mean 'port'?"),
        ("title = ", "chapter.toml: "),
    ],
)
def test_wrong_chapter_toml(folder: Path, toml: str, sentence: str) -> None:
    (folder / "chapter.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(LessonError) as caught:
        chapter(folder)
    assert sentence in str(caught.value)


def test_missing_parts(folder: Path) -> None:
    (folder / "README.md").unlink()
    with pytest.raises(LessonError, match=r"needs a README\.md"):
        chapter(folder).page()
    (folder / "chapter.toml").unlink()
    with pytest.raises(LessonError, match="is missing"):
        chapter(folder)
    with pytest.raises(LessonError, match="is called like 02-udp"):
        chapter(folder.parent)


def test_masks_and_services_of_a_chapter(folder: Path) -> None:
    (folder / "chapter.toml").write_text(
        TOML + "unmasked = ['ms']\nservices = {h1 = ['inetd']}\n[masks]\nx = 'y'\n"
    )
    one = chapter(folder)
    assert list(one.masks) == ["x", *(name for name in SHARED if name != "ms")]
    h1 = next(node for node in one.topology().nodes if node.name == "h1")
    assert [use.name for use in h1.services][-1] == "inetd"
    (folder / "chapter.toml").write_text(TOML + "services = {h11 = ['inetd']}\n")
    with pytest.raises(LessonError, match="no machine is called 'h11'; did you mean 'h1'"):
        chapter(folder).topology()


@pytest.mark.parametrize("word", ["7", "07", "hello", "07-hello"])
def test_a_chapter_is_found_by_number_or_name(folder: Path, word: str) -> None:
    assert find(word, folder.parent).folder == folder


def test_a_chapter_is_found_by_its_path(folder: Path) -> None:
    assert find(str(folder)).folder == folder
    assert find(str(folder / "README.md")).folder == folder
    assert [one.name for one in chapters(folder.parent)] == ["07-hello"]
    assert chapters(folder / "nowhere") == []
    with pytest.raises(LessonError, match="no chapter is called 'helo'; did you mean"):
        find("07-helo".removeprefix("07-"), folder.parent)


def test_an_excerpt_follows_its_file() -> None:
    text = "a\nb\n  c\n  d\ne\n"
    assert first_stranger("b\n  c\n", text) is None
    assert first_stranger("c\nd\n", text) is None  # moved to the left
    assert first_stranger("a\n# ...\ne\n", text) is None
    assert first_stranger("e\n# ...\na\n", text) == 3
    assert first_stranger("a\nb\nX\n", text) == 3


def test_a_symbol_is_its_source_with_decorators() -> None:
    text = "@cache\ndef f() -> int:\n    return 1\n\n\nclass C:\n    x = 1\n"
    assert symbol(text, "f") == "@cache\ndef f() -> int:\n    return 1\n"
    assert symbol(text, "C") == "class C:\n    x = 1\n"
    assert symbol(text, "g") is None


def test_update_writes_listings_anew(folder: Path) -> None:
    wrong = PAGE.replace('    print("Hello,", name)\n', "    ...\n    # an older version\n")
    (folder / "README.md").write_text(wrong)
    listings = chapter(folder).page().listings
    assert with_listings(wrong, listings, folder) == PAGE


def test_a_picture_can_be_read_by_a_browser() -> None:
    from xml.etree import ElementTree

    svg = diagram.draw({"kind": "boxes", "row": [{"label": "x", "boxes": [{"text": "a<b"}]}]})
    assert ElementTree.fromstring(svg).attrib["role"] == "img"
    assert "a&lt;b" in svg
    assert "prefers-color-scheme" in svg


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"kind": "lader"}, "did you mean 'ladder'"),
        ({"kind": "ladder", "parties": ["a"]}, "'step' is missing"),
        (
            {"kind": "ladder", "parties": ["a"], "step": [{"from": "a", "to": "b"}]},
            "'b' is missing, or is no party's name",
        ),
        ({"kind": "ladder", "parties": ["a"], "step": [{"form": "a"}]}, "form"),
    ],
)
def test_wrong_pictures(words: dict[str, object], sentence: str) -> None:
    with pytest.raises(LessonError, match=sentence):
        diagram.draw(words, "x.diagram.toml")


def test_progress_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert progress.progress() == {}
    progress.opened("02-udp")
    progress.played("02-udp", "udp_local")
    progress.played("02-udp", "udp_local")
    progress.done("02-udp")
    mine = progress.progress()["02-udp"]
    assert mine.played == ("udp_local",)
    assert mine.done
    assert len(mine.opened) == len("2026-11-22")
    progress.state_file().write_text("{")
    assert progress.progress() == {}
    progress.state_file().write_text(json.dumps({"02-udp": 3}))
    assert progress.progress() == {}
