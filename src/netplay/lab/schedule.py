"""Outages and changes over time: a YAML list of what happens to which link, when, and how long.

    - {at: 0s,   link: h1 lan, delay: 50ms, loss: 1%}   stays
    - {at: 5s,   for: 2s, cut: h1 lan}                  mended after two seconds
    - {at: 10s,  for: 3s, link: h1>lan, preset: 3g}     then as it was before
    - {at: 15s,  for: 5s, partition: h1 h2 | www}
    - {at: 25s,  for: 5s, off: www}                     without power; `on` for good
    - {at: 35s,  heal: all}                             or one link

``read`` is pure and finds every mistake, also in the names of links, before anything happens;
``run`` does it in the foreground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from netplay.compiler import words
from netplay.compiler.cells import Cell, Problems
from netplay.compiler.links import UNITS
from netplay.compiler.read import read_text
from netplay.errors import LabError, NetplayError
from netplay.lab.faults import Value
from netplay.lab.links import choose
from netplay.lab.presets import preset as preset_called
from netplay.model import Topology
from netplay.structs import Frozen, field

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

_ACTIONS = ("link", "cut", "mend", "heal", "off", "on", "partition")
_LASTING = ("link", "cut", "off", "partition")
_KEYS = frozenset({"at", "for", "preset", "seed", *_ACTIONS, *UNITS})
ALL = "all"


class Event(Frozen, kw_only=True):
    """One entry: *action* on *what*, at *at* seconds from the start, for *lasts* or for good."""

    at: float
    lasts: float | None
    action: str
    what: str
    values: Mapping[str, Value] = field(default_factory=dict)
    preset: str | None = None
    seed: int | None = None

    def __str__(self) -> str:
        said = [f"{name}={value}" for name, value in self.values.items()]
        said += [f"preset={self.preset}"] if self.preset else []
        name = "fault" if self.action == "link" else self.action
        return " ".join([name, self.what, *said])


def read(text: str, file: str, topology: Topology) -> tuple[Event, ...]:
    """The events that *text* lists, by time; TopologyError with all mistakes in it."""
    document = read_text(text, file, {})
    problems = Problems(document)
    entries = Cell(document.data, (), problems).list()
    events = [event for entry in entries if (event := _event(entry, topology)) is not None]
    problems.raise_if_any()
    return tuple(sorted(events, key=lambda event: event.at))


def groups_of(text: str) -> list[list[str]]:
    """The groups of machines in ``h1 h2 | www``."""
    return [group.split() for group in text.split("|")]


def _event(entry: Cell, topology: Topology) -> Event | None:
    if not isinstance(entry.data, dict):
        entry.refuse("an entry is a mapping, as in '{at: 5s, for: 2s, cut: h1 lan}'")
        return None
    cells = entry.mapping(_KEYS)
    actions = [name for name in _ACTIONS if name in cells]
    if "at" not in cells or len(actions) != 1:
        entry.refuse(f"an entry has 'at' and one of {', '.join(_ACTIONS)}")
        return None
    action = actions[0]
    _refuse_strangers(cells, action)
    values = {name: cells[name].parsed(UNITS[name]) for name in UNITS if name in cells}
    at, lasts = (cells[k].parsed(words.duration) if k in cells else None for k in ("at", "for"))
    preset = cells["preset"].parsed(_preset_name) if "preset" in cells else None
    what = cells[action].parsed(lambda text: _checked(action, text, topology))
    if at is None or what is None:
        return None
    return Event(
        at=at.value,
        lasts=lasts.value if lasts else None,
        action=action,
        what=what.value,
        # As they were written: what is shown while it runs should read the same.
        values={name: str(cells[name].data) for name, found in values.items() if found},
        preset=preset.value if preset else None,
        seed=cells["seed"].integer() if "seed" in cells else None,
    )


def _refuse_strangers(cells: Mapping[str, Cell], action: str) -> None:
    if action == "link" and not {"preset", *UNITS} & cells.keys():
        cells["link"].refuse("say what is wrong with it, as in 'delay: 50ms'")
    if "for" in cells and action not in _LASTING:
        cells["for"].refuse(f"'{action}' does not last; leave 'for' out", key=True)
    if action != "link":
        for name in (*UNITS, "preset", "seed"):
            if name in cells:
                cells[name].refuse(f"'{name}' goes with 'link', not with '{action}'", key=True)


def _checked(action: str, text: str, topology: Topology) -> str:
    """*text* if it names links or machines of the topology; ValueError says what is wrong."""
    try:
        if action in ("off", "on", "partition"):
            known = {node.name for node in topology.computers}
            split = groups_of(text) if action == "partition" else [text.split()]
            for name in (name for group in split for name in group):
                if name not in known:
                    raise LabError(f"no machine is called '{name}'")
        elif not (action == "heal" and text == ALL):
            choose(topology, text)
    except NetplayError as error:
        raise ValueError(str(error)) from None
    return text


def _preset_name(text: str) -> str:
    try:
        preset_called(text)
    except LabError as error:
        raise ValueError(str(error)) from None
    return text


# ---------------------------------------------------------------- running

Note = Callable[[float, str], None]
Wait = Callable[[float], None]


class Run:
    """A schedule on its way. *wait* is given the moment, in seconds from the start, to wait for.

    Whatever ends it, also Ctrl-C: what was to be for a time only is undone.
    """

    def __init__(self, lab: Lab, events: tuple[Event, ...], wait: Wait, note: Note) -> None:
        self._lab, self._events = lab, events
        self._wait, self._note = wait, note
        self._undo: list[tuple[float, str, Callable[[], None]]] = []

    def __call__(self) -> None:
        """Lets everything happen."""
        try:
            for event in self._events:
                self._until(event.at)
                self._wait(event.at)
                undo = self._begin(event)
                self._note(event.at, str(event))
                if event.lasts is not None:
                    self._undo.append((event.at + event.lasts, str(event), undo))
                    self._undo.sort(key=lambda entry: entry[0])
            self._until(float("inf"))
        finally:
            for _, _, undo in self._undo:
                undo()

    def _until(self, moment: float) -> None:
        """Ends what ends before *moment*, or at it."""
        while self._undo and self._undo[0][0] <= moment:
            due, text, undo = self._undo[0]
            self._wait(due)
            self._undo.pop(0)
            undo()
            self._note(due, f"end of {text}")

    def _begin(self, event: Event) -> Callable[[], None]:
        """Does it, and returns what would undo it."""
        lab, what = self._lab, event.what
        if event.action == "cut":
            return lab.cut(what).undo
        if event.action == "off":
            return lab.off(*what.split()).undo
        if event.action == "on":
            lab.on(*what.split())
            return lambda: None
        if event.action == "partition":
            return lab.partition(*groups_of(what)).undo
        if event.action == "link":
            return lab.fault(what, preset=event.preset, seed=event.seed, **event.values).undo
        act = lab.heal if event.action == "heal" else lab.mend
        act(*([] if what == ALL else [what]))
        return lambda: None
