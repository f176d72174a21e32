"""lessons/README.md lists the chapters as their chapter.toml describe them.

pytest tests/lessons/test_index.py --update-goldens      writes it anew
"""

from __future__ import annotations

import pytest

from netplay.lab.planning import lessons
from netplay.lessons.chapter import chapters

HEAD = """\
# The lessons

Network programming in Python, chapter by chapter, on a miniature Internet that you start with one
command. You should know Python; of networks you need to know nothing. Each chapter has a page to
read, short programs to run and to change, and commands whose output really looked like that: all of
them are run again, and compared, whenever anything changes.

```
./play lessons                  what there is, and how far you are
./play lesson 3                 chapter 3 in your terminal, with the network started
./play lesson 3 run tcp_sixteen a transcript step by step, a pane for each machine
./play lesson 3 --copy ~/tcp    the chapter's programs for you to change
./play h1                       or just read here, and type along: the programs are at /lessons
```

| | chapter | after it you can |
|---|---|---|
"""


def index() -> str:
    rows = (
        f"| {one.number} | [{one.title}]({one.name}/README.md) | {one.teaches} |\n"
        for one in chapters()
    )
    return HEAD + "".join(rows) + "\nTo write one: [how a chapter is made](../docs/lessons.md).\n"


def test_the_index_is_what_the_chapters_say(request: pytest.FixtureRequest) -> None:
    page = lessons() / "README.md"
    if request.config.getoption("--update-goldens"):
        page.write_text(index(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == index()
