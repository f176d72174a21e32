"""``netplay lesson N``: the page in the terminal's pager, with the lab started beside it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netplay.cli.output import say
from netplay.errors import LessonError

if TYPE_CHECKING:
    from netplay.lab import Lab
    from netplay.lessons.chapter import Chapter


def read(chapter: Chapter) -> None:
    """Starts the chapter's lab and shows the page; plain Markdown on a pipe."""
    from netplay.lessons import progress

    if not sys.stdout.isatty():
        print(chapter.text, end="")
        return
    lab = started(chapter)
    progress.opened(chapter.name)
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    os.environ.setdefault("LESS", "-R")  # or less shows colours as ESC[…
    page = Markdown(for_terminal(chapter.text), code_theme="ansi_dark")
    with console.pager(styles=True, links=False):
        console.print(page, width=min(console.width, 100))
    first = next(iter(lab)).name
    netplay = "netplay" if lab.name == "playground" else f"netplay -n {lab.name}"
    say(f"{netplay} -w {chapter.on_nodes} {first}   for a prompt in the chapter's folder")
    say(f"netplay lesson {chapter.number} run NAME   to play: {', '.join(names(chapter))}")


def for_terminal(text: str) -> str:
    """A page without HTML: a hidden answer becomes a quoted question with its answer below."""
    text = re.sub(r"<details><summary>(.*?)</summary>", r"> **?** \1\n", text)
    text = text.replace("</details>", "").replace("<code>", "`").replace("</code>", "`")
    return re.sub(r"!\[(.*?)\]\((.*?)\)", r"*(a picture: \1, \2)*", text)


def started(chapter: Chapter) -> Lab:
    """The lab that the chapter is read in, up: the playground, or one of the chapter's own."""
    from netplay.cli.starting import start
    from netplay.lab import Lab

    own = chapter.topology_file is not None or chapter.services or chapter.layers
    lab = Lab(chapter.topology(), name=f"lesson-{chapter.number}" if own else "playground")
    start(lab)
    return lab


def names(chapter: Chapter) -> list[str]:
    """What the chapter's transcripts are called."""
    return [transcript.name for transcript in chapter.page().transcripts]


def copy(chapter: Chapter, target: Path) -> None:
    """Copies the chapter's folder to *target*, which must not be there yet."""
    if target.exists():
        raise LessonError(f"{target} is there already; choose a folder that is not")
    shutil.copytree(chapter.folder, target, ignore=shutil.ignore_patterns("__pycache__"))
    say(f"{target} is yours; started from there, a lab has it at /work on every machine")
