"""``netplay lesson N run NAME``: a transcript, step by step.

On a terminal with tmux there is a pane for each machine, with a prompt on it, and one at the bottom
that says what comes next and types it there when Enter is pressed. Without tmux, or on a pipe,
the commands run one after the other and what they print is printed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netplay.cli.lesson_read import names, started
from netplay.cli.output import printable, say
from netplay.errors import LessonError, suggestion

if TYPE_CHECKING:
    from netplay.lessons.chapter import Chapter
    from netplay.lessons.run import Outcome
    from netplay.lessons.transcript import Entry, Transcript


def play(chapter: Chapter, name: str, drive: str | None) -> int:
    """Plays the transcript *name*; with *drive*, from inside the tmux session of that name."""
    from netplay.lessons import progress
    from netplay.lessons.plan import needed

    known = names(chapter)
    if name not in known:
        raise LessonError(
            f"chapter {chapter.number} has no transcript '{name}'{_known(name, known)}"
        )
    transcripts = chapter.page().transcripts
    before = needed(transcripts, name, chapter.plan(chapter.page()))
    wanted = [*before, next(t for t in transcripts if t.name == name)]
    if drive is not None:
        return _drive(wanted, drive)
    progress.played(chapter.name, name)
    lab = started(chapter)
    if sys.stdin.isatty() and sys.stdout.isatty() and shutil.which("tmux"):
        return _panes(chapter, name, lab.name, wanted)
    return _plain(chapter, lab.name, wanted)


def _known(name: str, known: Sequence[str]) -> str:
    if name:
        return suggestion(name, known)
    return "; it has " + ", ".join(known)


def _plain(chapter: Chapter, lab: str, wanted: Sequence[Transcript]) -> int:
    from netplay.lab import Lab
    from netplay.lessons.machines import LabMachines
    from netplay.lessons.run import Runner

    plan = chapter.plan(chapter.page())
    machines = LabMachines(Lab.attach(lab))
    with Runner(machines, plan, chapter.masks, folder=chapter.on_nodes) as runner:
        return max((_show(outcome) for one in wanted for outcome in runner.run(one)), default=0)


def _show(outcome: Outcome) -> int:
    print(outcome.entry.title)
    for line in outcome.printed:
        print(printable(line), flush=True)
    return 0 if outcome.equal else 1


# ------------------------------------------------------------ tmux


def _panes(chapter: Chapter, name: str, lab: str, wanted: Sequence[Transcript]) -> int:
    session = f"netplay-{os.getpid()}"
    machines = list(dict.fromkeys(e.machine for one in wanted for e in one.entries))
    me = [sys.executable, "-m", "netplay"]
    prompts = [shlex.join([*me, "-n", lab, "-w", chapter.on_nodes, m]) for m in machines]
    _tmux("new-session", "-d", "-s", session, "-x", "160", "-y", "48", prompts[0])
    for prompt in prompts[1:]:
        _tmux("split-window", "-t", f"{session}:0", prompt)
        _tmux("select-layout", "-t", f"{session}:0", "tiled")
    for number, machine in enumerate(machines):
        _tmux("select-pane", "-t", f"{session}:0.{number}", "-T", machine)
    guide = [*me, "lesson", str(chapter.folder), "run", name, "--drive", session]
    _tmux("split-window", "-f", "-l", "8", "-t", f"{session}:0", shlex.join(guide))
    _tmux("select-pane", "-T", "what comes next")
    _tmux("set-option", "-t", session, "pane-border-status", "top")
    _tmux("set-option", "-t", session, "pane-border-format", " #{pane_title} ")
    return _tmux("attach-session", "-t", session, may_fail=True)


def _drive(wanted: Sequence[Transcript], session: str) -> int:
    """The guide's pane: one entry after the other, typed into its machine's pane."""
    machines = list(dict.fromkeys(e.machine for one in wanted for e in one.entries))
    for entry in (entry for one in wanted for entry in one.entries):
        pane = f"{session}:0.{machines.index(entry.machine)}"
        for words in _keys(entry):
            what = words[0] if words[-1] == "Enter" else f"Ctrl-{words[0][-1].upper()}"
            say(f"\n{entry.machine}: {what}")
            input("  Enter types it there ")
            _tmux("send-keys", "-t", pane, *_literal(words))
    input("\nThat was all. The panes are yours; Enter here closes them. ")
    return _tmux("kill-session", "-t", session)


def _keys(entry: Entry) -> Iterator[list[str]]:
    """What a person types for *entry*, as words for tmux's send-keys."""
    from netplay.lessons.transcript import Command, Key, parts

    actions = [part.action for part in parts(entry.body) if part.action is not None]
    if isinstance(entry, Command):
        yield [entry.shell + (" &" if entry.background else ""), "Enter"]
    if actions and (not isinstance(entry, Command) or entry.background):
        yield ["fg", "Enter"]
    for action in actions:
        if isinstance(action, Key):
            yield [f"C-{action.letter.lower()}"]
        else:
            yield [action.text, "Enter"]


def _literal(words: Sequence[str]) -> list[str]:
    """A text whose end is a semicolon would end tmux's own command (tmux(1), PARSING)."""
    return [word[:-1] + "\\;" if word.endswith(";") else word for word in words]


def _tmux(*words: str, may_fail: bool = False) -> int:
    # A server of our own, so it works inside a person's tmux as well, and without their settings.
    environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
    argv = ["tmux", "-L", "netplay", "-f", "/dev/null", *words]
    pid = os.posix_spawnp("tmux", argv, environment)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code and not may_fail:
        raise LessonError(f"tmux {words[0]} ended with status {code}")
    return 0
