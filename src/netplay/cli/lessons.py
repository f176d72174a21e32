"""``netplay lessons``."""

from __future__ import annotations

import click

from netplay.cli.options import json_option
from netplay.cli.output import show_json, show_table


@click.command("lessons")
@json_option
def command(as_json: bool) -> None:
    """List the chapters, what they teach, and how far you are.

    \b
    netplay lessons
    netplay lessons --json | jq -r '.[].title'
    """
    from netplay.lessons.chapter import chapters
    from netplay.lessons.progress import Progress, progress

    known = progress()
    rows = [(chapter, known.get(chapter.name, Progress())) for chapter in chapters()]
    if as_json:
        show_json(
            [
                {
                    "number": chapter.number,
                    "name": chapter.name,
                    "title": chapter.title,
                    "teaches": chapter.teaches,
                    "folder": str(chapter.folder),
                    "opened": mine.opened or None,
                    "played": list(mine.played),
                    "done": mine.done,
                }
                for chapter, mine in rows
            ]
        )
        return
    show_table(
        ("", "chapter", "after it you can", "you"),
        [
            (str(chapter.number), chapter.title, chapter.teaches, _you(mine))
            for chapter, mine in rows
        ],
    )


def _you(mine: object) -> str:
    from netplay.lessons.progress import Progress

    assert isinstance(mine, Progress)
    if mine.done:
        return "done"
    if mine.played:
        return f"{len(mine.played)} played"
    return "opened" if mine.opened else ""
