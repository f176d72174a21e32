"""The functions behind `Lab.fault`, `heal`, `cut`, `mend`, `off`, `on`, `partition` and `faults`.

The keeper knows no topology. Here a link is found by the words that name it and turned into its
ends on the panel, which follow from the topology alone (`netplay.plan.panel`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netplay.compiler.links import UNITS
from netplay.errors import LabError, suggestion
from netplay.lab.links import Chosen, choose
from netplay.lab.presets import preset as preset_called
from netplay.model import PERFECT, Impairment, Link
from netplay.plan.impairing import DECLARED_SEED, direction_seeds
from netplay.plan.panel import Panel, panel
from netplay.plan.partition import partition_ruleset
from netplay.structs import Frozen

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

Value = str | float


class Way(Frozen):
    """One direction of a link: what is wrong with it, who sees to it, and what it has done.

    ``backend`` is "netem", "wire" or, when nothing is wrong, "". ``counts`` are frames, by what
    became of them; netem counts none.
    """

    impairment: Impairment = PERFECT
    backend: str = ""
    counts: Mapping[str, int] | None = None


class Fault(Frozen):
    """A link with which something is wrong. The same ``seed`` loses the same packets again.

    ``off`` are those of its two machines that are switched off: then it carries nothing either.
    """

    link: Link
    forward: Way
    backward: Way
    seed: int
    cut: bool
    off: tuple[str, ...] = ()


class Trouble(Frozen):
    """What was made worse; leaving it as a ``with`` block makes it as it was before."""

    undo: Callable[[], None]

    def __enter__(self) -> None:
        """The block is the time of the trouble."""

    def __exit__(self, *_: object) -> None:
        self.undo()


def fault(
    lab: Lab,
    words: Sequence[str],
    preset: str | None,
    seed: int | None,
    values: Mapping[str, Value],
) -> Trouble:
    """Adds what *preset* and *values* say to what is wrong with a link."""
    chosen = choose(lab.topology, *words)
    said = read_values(values)
    undo = _restorer(lab, chosen)
    forward, backward = dict(said), dict(said)
    if preset is not None:
        up, down = preset_called(preset).up, preset_called(preset).down
        starts_at_a = _starts_at_a(chosen, words)
        forward = {**vars(up if starts_at_a else down), **said}
        backward = {**vars(down if starts_at_a else up), **said}
    _impair(
        lab,
        chosen.link,
        (forward if chosen.forward else {}, backward if chosen.backward else {}),
        seed=seed,
    )
    return Trouble(undo)


def _restorer(lab: Lab, chosen: Chosen) -> Callable[[], None]:
    """What makes the chosen directions as they are at this moment."""
    before = fault_of(lab, chosen.link)
    forward = vars(before.forward.impairment) if chosen.forward else {}
    backward = vars(before.backward.impairment) if chosen.backward else {}
    return lambda: _impair(lab, chosen.link, (forward, backward))


def read_values(values: Mapping[str, Value]) -> dict[str, float]:
    """*values* as numbers: text with its unit as in a topology; numbers are s, shares and bit/s."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if name not in UNITS:
            raise LabError(f"nothing about a link is called '{name}'{suggestion(name, UNITS)}")
        try:
            found[name] = UNITS[name](value) if isinstance(value, str) else value
        except ValueError as error:
            raise LabError(f"{name}: {error}") from None
    try:
        Impairment(**found)  # type: ignore[arg-type]
    except ValueError as error:
        raise LabError(str(error)) from None
    return found


def faults(lab: Lab) -> list[Fault]:
    """Every link with which something is wrong, in the order of the topology."""
    known = _state(lab)["links"]
    return [_fault(link, known[link.name]) for link in lab.topology.links if link.name in known]


def fault_of(lab: Lab, link: Link) -> Fault:
    """What is wrong with one link; nothing is an answer too."""
    known = _state(lab)["links"]
    return (
        _fault(link, known[link.name])
        if link.name in known
        else Fault(link, Way(), Way(), 0, False)
    )


def partitioned(lab: Lab) -> list[tuple[str, ...]]:
    """The groups of machines that are kept apart."""
    return [tuple(group) for group in _state(lab)["partition"]]


def heal(lab: Lab, words: Sequence[str] = ()) -> None:
    """Makes one link, or everything, as the topology says."""
    if not words:
        on(lab)
    known = _state(lab)
    if words:
        links = {choose(lab.topology, *words).link}
    else:
        declared = {k for k in lab.topology.links if (k.forward, k.backward) != (PERFECT, PERFECT)}
        links = declared | {link for link in lab.topology.links if link.name in known["links"]}
        if known["partition"]:
            partition(lab, ())
    for link in sorted(links, key=lab.topology.links.index):
        if known["links"].get(link.name, {}).get("cut"):
            _switch(lab, link, "mend")
        _impair(lab, link, (vars(link.forward), vars(link.backward)), anew=True)


def cut(lab: Lab, words: Sequence[str]) -> Trouble:
    """Unplugs a link: both sides lose the carrier."""
    before = fault_of(lab, choose(lab.topology, *words).link)
    _switch(lab, before.link, "cut")
    return Trouble(lambda: _switch(lab, before.link, "cut" if before.cut else "mend"))


def mend(lab: Lab, words: Sequence[str]) -> None:
    """Plugs it in again."""
    _switch(lab, choose(lab.topology, *words).link, "mend")


def off(lab: Lab, names: Sequence[str]) -> Trouble:
    """Switches machines off, as pulling their plugs does."""
    before = switched_off(lab)
    nodes = [lab[name].name for name in names]
    for node in nodes:
        # The links first: of a machine that loses its power nobody hears a last word.
        for link in lab.topology.links:
            if node in (link.a.node, link.b.node):
                _switch(lab, link, "cut", node)
        lab.ask({"op": "off", "node": node})
    return Trouble(lambda: on(lab, [node for node in nodes if node not in before]))


def on(lab: Lab, names: Sequence[str] | None = None) -> None:
    """Switches machines (all, if None) on again, and waits for their services."""
    are_off = switched_off(lab)
    wanted = are_off if names is None else [lab[name].name for name in names]
    nodes = [node for node in wanted if node in are_off]
    for node in nodes:
        lab.ask({"op": "on", "node": node})
    if nodes:
        lab.await_services()


def switched_off(lab: Lab) -> list[str]:
    """The machines that are off."""
    return [name for name, state in lab.state()["nodes"].items() if state["off"]]


def partition(lab: Lab, groups: Sequence[Sequence[str]]) -> Trouble:
    """Keeps groups of machines apart; without groups, joins all again."""
    before = partitioned(lab)
    names = [[lab[name].name for name in group] for group in groups]
    every = [name for group in names for name in group]
    if twice := {name for name in every if every.count(name) > 1}:
        raise LabError(f"{', '.join(sorted(twice))} can be in one group only")
    if groups and (len(names) < 2 or not all(names)):
        raise LabError("a partition needs two groups or more, as in 'h1 h2 | www'")
    ruleset = partition_ruleset(lab.topology, _board(lab), names)
    lab.ask({"op": "partition", "groups": names, "ruleset": ruleset})

    def undo() -> None:
        partition(lab, before)

    return Trouble(undo)


def _impair(
    lab: Lab,
    link: Link,
    ways: tuple[Mapping[str, float], Mapping[str, float]],
    *,
    seed: int | None = None,
    anew: bool = False,
) -> None:
    """Asks the keeper; *anew* forgets what was, else *ways* are added to it."""
    # Without one that was asked for there still is one, so that it can be asked for next time.
    fallback = DECLARED_SEED if anew else int.from_bytes(os.urandom(4), "big")
    used = fallback if seed is None else seed
    lab.ask(
        {
            "op": "impair",
            "link": link.name,
            "cable": _cable(lab, link),
            "forward": ways[0],
            "backward": ways[1],
            "seed": used,
            "seeds": direction_seeds(used, link),
            "exactly": seed is not None,
            "reseed": seed is not None or anew,
            "anew": anew,
        }
    )


def _switch(lab: Lab, link: Link, operation: str, node: str = "") -> None:
    lab.ask({"op": operation, "link": link.name, "cable": _cable(lab, link), "for": node})


def _cable(lab: Lab, link: Link) -> dict[str, Any]:
    cable = _board(lab).cable(link)
    ends: dict[str, Any] = {
        "a": [cable.a.name, cable.a.index],
        "b": [cable.b.name, cable.b.index],
    }
    if cable.splice is not None:
        port, bridge = cable.splice.port, cable.splice.bridge
        ends["splice"] = {"port": [port.name, port.index], "bridge": [bridge.name, bridge.index]}
    return {"splice": None, **ends}


def _board(lab: Lab) -> Panel:
    return panel(lab.topology)


def _state(lab: Lab) -> dict[str, Any]:
    _, descriptors = lab.ask({"op": "faults"})
    with os.fdopen(descriptors[0], "rb") as file:
        file.seek(0)
        found: dict[str, Any] = json.load(file)
    return found


def _fault(link: Link, state: Mapping[str, Any]) -> Fault:
    ways = [
        Way(
            Impairment(**state[name]["conditions"]),
            state[name]["backend"] or "",
            state[name]["counts"],
        )
        for name in ("forward", "backward")
    ]
    return Fault(link, ways[0], ways[1], state["seed"], state["cut"], tuple(state["off"]))


def _starts_at_a(chosen: Chosen, words: Sequence[str]) -> bool:
    """Whether the end that was named first is the link's a."""
    first = " ".join(words).replace(">", " ").split()[0].partition(":")[0]
    nodes = (chosen.link.a.node, chosen.link.b.node)
    # A neighbour beyond a switch was named: the link is that of the other one.
    return first == nodes[0] or first not in nodes
