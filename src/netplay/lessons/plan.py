"""Who continues whom: each ``www ...`` is led to the program that was left in the background.

A program lives from its command to a ``^C`` or an exit status in one of its bodies, or to the
chapter's end. Of several on a machine the youngest is meant, or the youngest that has the WORD in
its command. So all of this is known before anything runs, and mistakes are told with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from netplay.errors import LessonError
from netplay.lessons.transcript import Command, Entry, Key, Later, Transcript, is_status, parts

Plan = Mapping[int, Command]


def plan(transcripts: Sequence[Transcript], file: str) -> Plan:
    """For the line of each `Later` its command. Raises LessonError with every mistake."""
    alive: list[Command] = []
    found: dict[int, Command] = {}
    mistakes: list[str] = []
    for transcript in transcripts:
        for entry in transcript.entries:
            command: Command
            if isinstance(entry, Later):
                candidates = _candidates(entry, alive)
                if not candidates:
                    mistakes.append(f"{file}:{entry.line}: {_sentence(entry)}")
                    continue
                command = found[entry.line] = candidates[-1]
            else:
                command = entry
                if command.background:
                    alive.append(command)
            if _ends(entry) and command in alive:
                alive.remove(command)
    if mistakes:
        raise LessonError("\n".join(mistakes))
    return MappingProxyType(found)


def needed(transcripts: Sequence[Transcript], name: str, plan: Plan) -> tuple[Transcript, ...]:
    """What has to be played before the transcript *name*, in order.

    That is: what stands above it under the same heading, and what started the programs that
    still run by then.
    """
    names = [transcript.name for transcript in transcripts]
    number = names.index(name)
    wanted = transcripts[number]
    before = transcripts[:number]
    running: dict[int, Transcript] = {}
    for transcript in before:
        for entry in transcript.entries:
            command = plan.get(entry.line, entry)
            if isinstance(command, Command) and command.background:
                running.setdefault(command.line, transcript)
            if _ends(entry):
                running.pop(command.line, None)
    starters = {transcript.name for transcript in running.values()}
    return tuple(t for t in before if t.section == wanted.section or t.name in starters)


def _ends(entry: Entry) -> bool:
    told = bool(entry.body) and is_status(entry.body[-1])
    return told or any(part.action == Key("C") for part in parts(entry.body))


def _candidates(later: Later, alive: Sequence[Command]) -> list[Command]:
    return [c for c in alive if c.machine == later.machine and later.word in c.shell]


def _sentence(later: Later) -> str:
    what = f" with '{later.word}' in its command" if later.word else ""
    return f"no program{what} runs in the background of {later.machine} here"
