"""``netplay lesson``: read a chapter, play it, test it, rewrite it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netplay.cli.output import say

if TYPE_CHECKING:
    from netplay.lessons.chapter import Chapter
    from netplay.lessons.check import Report


class _Words(click.Group):
    """A first word that is not ``test`` or ``update`` is a chapter."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            return "CHAPTER", _chapter, args
        return super().resolve_command(ctx, args)


@click.group("lesson", cls=_Words, subcommand_metavar="CHAPTER [run NAME] | test | update")
def command() -> None:
    """Read a chapter, or play its transcripts.

    \b
    netplay lesson 1                       opens chapter 1, with the lab started
    netplay lesson 2 run udp_remote        plays a transcript step by step
    netplay lesson 2 --copy ~/udp          your own copy of its folder, to change
    netplay lesson test 1                  runs all transcripts and compares
    netplay lesson update 1                ... and writes what was printed into the page

    CHAPTER is a number, a name such as udp, or a folder. netplay lessons lists them.
    """


@click.command("CHAPTER")
@click.argument("chapter")
@click.argument("words", nargs=-1, metavar="[run NAME]")
@click.option("--copy", "copy", metavar="DIR", help="Copy the chapter's folder to DIR.")
@click.option("--done/--not-done", default=None, help="Note that you have finished it, or not.")
@click.option("--drive", hidden=True)
def _chapter(
    chapter: str, words: tuple[str, ...], copy: str | None, done: bool | None, drive: str | None
) -> int:
    """Open a chapter in the terminal, or play one of its transcripts."""
    from netplay.cli import lesson_play, lesson_read
    from netplay.lessons import progress
    from netplay.lessons.chapter import find

    found = find(chapter)
    if copy is not None:
        lesson_read.copy(found, Path(copy))
    elif done is not None:
        progress.done(found.name, done)
    elif words:
        if words[0] != "run" or len(words) > 2:
            raise click.UsageError(f"after the chapter comes 'run NAME', not {' '.join(words)!r}")
        return lesson_play.play(found, words[1] if len(words) == 2 else "", drive)
    else:
        lesson_read.read(found)
    return 0


@command.command("test")
@click.argument("which", nargs=-1, metavar="[CHAPTER...]")
@click.option("--keep", is_flag=True, help="Leave the chapter's lab up.")
@click.option("-j", "--jobs", default=1, show_default=True, help="Chapters at the same time.")
def _test(which: tuple[str, ...], keep: bool, jobs: int) -> int:
    """Run every transcript in a fresh lab, and compare with the page."""
    from concurrent.futures import ThreadPoolExecutor

    from netplay.lessons import check

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        reports = pool.map(lambda one: check.examine(one, keep=keep), _chosen(which))
        return max((_tell(report) for report in reports), default=0)


@command.command("update")
@click.argument("which", nargs=-1, metavar="[CHAPTER...]")
@click.option("--fresh", is_flag=True, help="Also write what differs only in ports, times, ….")
def _update(which: tuple[str, ...], fresh: bool) -> int:
    """Run every transcript, and write what was printed into the page."""
    from netplay.lessons import check

    for chapter in _chosen(which):
        changed = check.update(chapter, fresh=fresh)
        say(f"{chapter.name}: {', '.join(changed) if changed else 'as it was'}")
    return 0


def _chosen(which: Sequence[str]) -> list[Chapter]:
    from netplay.lessons.chapter import chapters, find

    return [find(word) for word in which] or list(chapters())


def _tell(report: Report) -> int:
    for text in report.differences():
        print(text + "\n")
    wrong = sum(not outcome.equal for outcome in report.outcomes)
    detail = f", {wrong} not as on the page" if wrong else ""
    print(
        f"{report.chapter.name}: {'passed' if report.passed else 'FAILED'},"
        f" {len(report.outcomes)} commands{detail}, {report.seconds:.1f} s",
        flush=True,
    )
    return 0 if report.passed else 1
