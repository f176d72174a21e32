"""Runs transcripts: each entry is brought to where its body on the page says it should be.

The page tells when to go on. A foreground command has ended; a program in the background has
printed the lines that stand below it; an answer is typed when the prompt before it stands there.
Each is waited for until a deadline, and none by time. Only `update`, which runs pages that are not
right yet, also goes on when a program that has said something has been *quiet* for a while.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from netplay.lessons.compare import matches, matching_start, sorted_body
from netplay.lessons.machines import Machines
from netplay.lessons.masks import Masks, mask
from netplay.lessons.plan import Plan
from netplay.lessons.terminals import Program, Terminals
from netplay.lessons.transcript import (
    Command,
    Entry,
    Key,
    Later,
    Part,
    Transcript,
    Typed,
    is_status,
    parts,
    status_line,
)

_CD = re.compile(r"^cd(?: +(?P<folder>\S+))?$")
_SHORT = 3.0  # seconds of patience once something has gone wrong


_NOT_ENDED = "it had not ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One entry that was run: what was printed, in the page's own notation."""

    transcript: Transcript
    entry: Entry
    printed: tuple[str, ...]
    equal: bool
    note: str = ""  # what was waited for in vain
    never_ended: bool = False  # a foreground command: a page with it is of no use


class Runner:
    """Runs the transcripts of one chapter, in the page's order."""

    def __init__(
        self,
        machines: Machines,
        plan: Plan,
        masks: Masks,
        *,
        folder: str,
        deadline: float = 20.0,
        quiet: float | None = None,
    ) -> None:
        self._machines, self._plan, self._masks = machines, plan, masks
        self._folder, self._deadline, self._quiet = folder, deadline, quiet
        self._patience = deadline  # for what should appear
        self._terminals = Terminals()
        self._background: dict[int, Program] = {}
        self._folders: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._terminals.close()

    def run(self, transcript: Transcript) -> Iterator[Outcome]:
        """Runs each entry in turn."""
        self._folders.clear()  # each transcript begins in the chapter's folder
        for entry in transcript.entries:
            printed, note = self._entry(entry)
            equal = not note and self._equal(entry, printed)
            if not equal:
                self._patience = min(self._patience, _SHORT)
            yield Outcome(
                transcript=transcript,
                entry=entry,
                printed=tuple(printed),
                equal=equal,
                note=note,
                never_ended=note == _NOT_ENDED,
            )

    def _equal(self, entry: Entry, printed: Sequence[str]) -> bool:
        if entry.any_order:
            page = sorted_body(entry.body, self._masks)
            return matches(page, sorted_body(printed, self._masks), self._masks)
        return matches(entry.body, printed, self._masks)

    def _entry(self, entry: Entry) -> tuple[list[str], str]:
        if isinstance(entry, Later):
            program = self._background.get(self._plan[entry.line].line)
            if program is None:
                return [], "it had ended before"
            return self._go_on(program, entry)
        if self._change_folder(entry):
            return [], ""
        before = self._listening(entry)
        program = self._start(entry)
        if not entry.background:
            talk = _Talk(self, program, ends=True)
            printed = talk.through(list(parts(entry.body)))
            self._terminals.remove(program)
            return printed, talk.note
        self._background[entry.line] = program
        return self._go_on(program, entry, before)

    def _go_on(
        self, program: Program, entry: Entry, before: frozenset[str] | None = None
    ) -> tuple[list[str], str]:
        """Follows a program in the background through one body."""
        pieces = list(parts(entry.body))
        interrupted = any(part.action == Key("C") for part in pieces)
        ends = interrupted or (bool(entry.body) and is_status(entry.body[-1]))
        talk = _Talk(self, program, ends=ends, waits=before is None)
        printed = talk.through(pieces)
        if before is not None and not program.ended:
            printed += self._await_socket(entry, program, before, talk)
        if program.status is not None:
            started = next(line for line, p in self._background.items() if p is program)
            del self._background[started]
            self._terminals.remove(program)
        return printed, talk.note

    # ------------------------------------------------------------ starting

    def _start(self, command: Command) -> Program:
        where = self._folders.get((command.machine, command.user), self._folder)
        process, master = self._machines.start(command.machine, command.user, command.shell, where)
        return self._terminals.add(process, master)

    def _change_folder(self, command: Command) -> bool:
        """``cd`` would change the folder of a shell that ends at once; so it is kept here."""
        found = _CD.match(command.shell)
        if found is None or found["folder"] == "-":
            return False
        key = command.machine, command.user
        home = "/root" if command.user == "root" else f"/home/{command.user}"
        wanted = (found["folder"] or home).replace("~", home, 1)
        base = self._folders.get(key, self._folder)
        self._folders[key] = wanted if wanted.startswith("/") else f"{base}/{wanted}"
        return True

    def _listening(self, command: Command) -> frozenset[str] | None:
        """What listens before a program starts that says nothing when it is ready."""
        silent = command.background and not command.body
        return self._machines.listening(command.machine) if silent else None

    def _await_socket(
        self, entry: Entry, program: Program, before: frozenset[str], talk: _Talk
    ) -> list[str]:
        """A program that prints nothing is ready when something listens that did not before."""
        asked = [0.0]

        def ready() -> bool:
            if time.monotonic() - asked[0] < 0.05:  # each question starts a process
                return False
            asked[0] = time.monotonic()
            return program.ended or bool(self._machines.listening(entry.machine) - before)

        if not self.until(program, ready):
            talk.note = "it prints nothing, and no socket of it listens; when is it ready?"
        return (
            program.screen.take(len(program.screen.lines)) if self._quiet or program.ended else []
        )

    # ------------------------------------------------------------ waiting

    def until(self, program: Program, question: Callable[[], bool]) -> bool:
        """Waits for the answer True; with *quiet*, a program that says no more is enough."""
        begun = time.monotonic()

        def enough() -> bool:
            if question() or program.ended:
                return True
            if self._quiet is None or not program.has_spoken:
                return False  # one that has not begun to speak is starting, not silent
            return time.monotonic() - max(begun, program.last_heard) > self._quiet

        return self._terminals.until(enough, self._patience)

    def until_ended(self, program: Program) -> bool:
        """Waits for the end, whatever the program prints."""
        return self._terminals.until(lambda: program.ended, self._deadline)

    def starts_with(self, page: Sequence[str], printed: Sequence[str]) -> int | None:
        """How many of the printed lines are what the page says; None if they are not."""
        if not page and self._quiet is not None:
            return None  # a page that is being written says nothing yet
        return matching_start(page, printed, self._masks)

    def same(self, page: str, printed: str) -> bool:
        """Whether two texts are equal but for what is masked."""
        return mask(page, self._masks) == mask(printed, self._masks)


class _Talk:
    """One body: what a program prints, and what is typed to it."""

    def __init__(self, runner: Runner, program: Program, *, ends: bool, waits: bool = True) -> None:
        self._runner, self._program = runner, program
        self._ends, self._waits = ends, waits
        self.note = ""
        self._interrupted = False

    def through(self, pieces: Sequence[Part]) -> list[str]:
        printed: list[str] = []
        for part in pieces:
            if part.action is None:
                printed += self._last(part)
            else:
                printed += self._before(part, part.action)
                if self._program.ended:
                    printed += self._finish()
                    break
                self._act(part.action)
        return printed

    def _before(self, part: Part, action: Typed | Key) -> list[str]:
        """Waits until it is time for *action*; what was printed, and the action's own line."""
        screen = self._program.screen
        prompt = action.prompt if isinstance(action, Typed) else None

        def there() -> bool:
            count = self._runner.starts_with(part.lines, screen.lines)
            if prompt is None:
                return count is not None
            return count == len(screen.lines) and self._runner.same(prompt, screen.rest)

        if not self._runner.until(self._program, there):
            self.note = f"what stands before {_shown(action)} did not appear"
        if self._program.ended:
            return []
        if prompt is None:
            count = self._runner.starts_with(part.lines, screen.lines)
            lines = screen.take(len(screen.lines) if count is None else count)
            return [*lines, _shown(action)]
        assert isinstance(action, Typed)
        lines = screen.take(len(screen.lines))
        return [*lines, _shown(Typed(screen.take_prompt(), action.text))]

    def _act(self, action: Typed | Key) -> None:
        self._program.type(action)
        self._interrupted = self._interrupted or action == Key("C")

    def _last(self, part: Part) -> list[str]:
        program, screen = self._program, self._program.screen
        if self._ends:
            if not self._runner.until_ended(program):
                self.note = _NOT_ENDED
            return self._finish()
        if not part.lines and not self._waits:
            return []
        self._runner.until(program, lambda: self._there(part))
        if not self._there(part):
            self.note = "these lines did not appear"
        count = self._runner.starts_with(part.lines, screen.lines)
        if count is not None:
            return screen.take(count)
        return self._finish() if program.ended else screen.take(len(screen.lines))

    def _there(self, part: Part) -> bool:
        return self._runner.starts_with(part.lines, self._program.screen.lines) is not None

    def _finish(self) -> list[str]:
        """All that is left of a program that has ended, and its status."""
        lines = self._program.screen.take_all()
        if self._interrupted:  # a terminal echoes ^C (termios(3), ECHOCTL)
            lines = [line.removeprefix("^C") for line in lines if line != "^C"]
        status = self._program.status
        if status and not (self._interrupted and status == 128 + 2):
            lines.append(status_line(status))
        return lines


def _shown(action: Typed | Key) -> str:
    """An action as a page has it."""
    if isinstance(action, Key):
        return f"^{action.letter}"
    return f"{action.prompt}«{action.text}»"
