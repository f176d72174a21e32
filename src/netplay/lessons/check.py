"""One chapter, whole: in a lab of its own, against its page."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netplay.errors import LessonError
from netplay.lab import Lab
from netplay.lessons.chapter import Chapter
from netplay.lessons.compare import difference, sorted_body
from netplay.lessons.diagram import diagrams
from netplay.lessons.lint import lint
from netplay.lessons.machines import LabMachines
from netplay.lessons.run import Outcome, Runner
from netplay.lessons.transcript import Transcript
from netplay.lessons.update import rewritten, with_listings

Watch = Callable[[Outcome], None]
QUIET = 1.5  # seconds after which `update` believes that a program has said all it will say


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a chapter's test has found."""

    chapter: Chapter
    seconds: float
    outcomes: tuple[Outcome, ...]
    complaints: tuple[str, ...]  # what is wrong without running anything

    @property
    def passed(self) -> bool:
        """Whether the page is right."""
        return not self.complaints and all(outcome.equal for outcome in self.outcomes)

    def differences(self) -> Iterator[str]:
        """A diff for each entry whose page says something else than was printed."""
        yield from self.complaints
        for outcome in self.outcomes:
            if not outcome.equal:
                yield explain(outcome, self.chapter)


def examine(chapter: Chapter, *, keep: bool = False, watch: Watch | None = None) -> Report:
    """Runs every transcript of *chapter* in a fresh lab; with *keep* the lab stays up."""
    begun = time.monotonic()
    page = chapter.page()
    outcomes = run(chapter, page.transcripts, keep=keep, watch=watch)
    return Report(
        chapter=chapter,
        seconds=time.monotonic() - begun,
        outcomes=tuple(outcomes),
        complaints=tuple(lint(chapter, page)),
    )


def run(
    chapter: Chapter,
    transcripts: Sequence[Transcript],
    *,
    keep: bool = False,
    quiet: float | None = None,
    watch: Watch | None = None,
) -> list[Outcome]:
    """Runs *transcripts* in a fresh lab and returns what each entry printed."""
    plan = chapter.plan(chapter.page())
    outcomes: list[Outcome] = []
    with (
        _lab(chapter, keep=keep) as lab,
        Runner(
            LabMachines(lab),
            plan,
            chapter.masks,
            folder=chapter.on_nodes,
            deadline=chapter.deadline,
            quiet=quiet,
        ) as runner,
    ):
        for transcript in transcripts:
            for outcome in runner.run(transcript):
                outcomes.append(outcome)
                if watch:
                    watch(outcome)
    return outcomes


def explain(outcome: Outcome, chapter: Chapter) -> str:
    """The diff of one entry, and what was waited for."""
    entry = outcome.entry
    page, printed = list(entry.body), list(outcome.printed)
    if entry.any_order:
        page, printed = (sorted_body(lines, chapter.masks) for lines in (page, printed))
    text = difference(
        page,
        printed,
        chapter.masks,
        file=str(chapter.readme),
        line=entry.body_line,
        title=entry.title,
    )
    waited = f"\n({outcome.note} in time)" if outcome.note else ""
    return text + waited


@contextmanager
def _lab(chapter: Chapter, *, keep: bool) -> Iterator[Lab]:
    name = f"lesson-{chapter.number}" if keep else f"lesson-{chapter.number}-{os.getpid()}"
    lab = Lab(chapter.topology(), name=name)
    if not lab.up(linger=keep):
        raise LessonError(f"the lab '{name}' is up already; try: netplay -n {name} down")
    try:
        yield lab
    finally:
        if not keep:
            lab.down()


def update(chapter: Chapter, *, fresh: bool = False) -> list[str]:
    """Writes the page's transcripts and listings and the pictures anew; what has changed.

    Raises LessonError, and leaves the transcripts alone, when a command does not end: it waits for
    something that the page does not type.
    """
    changed = []
    for file, svg in diagrams(chapter.folder):
        if _write(file, svg):
            changed.append(file.name)
    page = chapter.page()
    if _write(chapter.readme, with_listings(chapter.text, page.listings, chapter.folder)):
        changed.append("listings")
        page = chapter.page()
    outcomes = run(chapter, page.transcripts, quiet=QUIET)
    for outcome in outcomes:
        if outcome.never_ended:
            where = f"{chapter.readme}:{outcome.entry.line}"
            said = outcome.printed[-1] if outcome.printed else "nothing"
            raise LessonError(f"{where}: this does not end; the last that it said is {said!r}")
    if _write(chapter.readme, rewritten(chapter.text, outcomes, chapter.masks, fresh=fresh)):
        changed.append("transcripts")
    return changed


def _write(file: Path, text: str) -> bool:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return False
    file.write_text(text, encoding="utf-8")
    return True
