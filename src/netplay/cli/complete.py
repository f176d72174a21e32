"""What Tab offers: ``netplay __complete WORD…`` prints the words that the last may become.

A person waits for this, so it reads only the index of the lab that is up (see `lab.direct`);
click is imported for options alone. Where nothing is printed, the shell offers files.
"""

from __future__ import annotations

import os

from netplay.cli.table import VERBS
from netplay.errors import LabError
from netplay.lab import direct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WITH_VALUE = ("-n", "--name", "-u", "--user", "-w", "--workdir", "-e", "--env", "--tail")
_NODE, _LOG, _SERVICE, _SPOT = "node", "log", "service", "spot"
# What stands at which place behind a verb; a last "*" repeats what is before it.
_PLACES: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "reset": (_NODE, "*"),
    "off": (_NODE, "*"),
    "on": (_NODE, "*"),
    "sh": (_NODE,),
    "exec": (_NODE,),
    "logs": (_LOG,),
    "service": (_NODE, ("start", "stop", "restart"), _SERVICE),
    "cp": (_SPOT, "*"),
    "capture": (_NODE, "*"),
    "trace": (_NODE,),
    "why": (_NODE,),
    "reach": (_NODE, "*"),
    "measure": (_NODE, _NODE),
    "image": (("build", "info", "rm"),),
    "export": (("containerlab", "compose", "mermaid", "svg", "plain"),),
    "completion": (("bash", "zsh", "fish"),),
}


def answer(words: Sequence[str]) -> int:
    """Prints what the last of *words* may become, one a line."""
    *before, current = words or [""]
    for word in sorted(set(_candidates(before, current))):
        if word.startswith(current):
            print(word)
    return 0


def _candidates(before: list[str], current: str) -> Iterable[str]:
    if before and before[-1] in ("-n", "--name"):
        return direct.labs()
    name, words = _taken_apart(before)
    if before and before[-1] in _WITH_VALUE:
        return ()
    if current.startswith("-"):
        return _options(words[0] if words else "")
    try:
        machines = direct.index(direct.chosen(name))
    except LabError:  # several are up, and none is named
        machines = {}
    if not words:
        return [*VERBS, *machines]
    places = _PLACES.get(words[0], ())
    number = len(words) - 1
    if places[-1:] == ("*",):
        number = min(number, len(places) - 2)
    if number >= len(places):
        return ()
    return _at(places[number], words, current, machines)


def _at(
    place: str | tuple[str, ...],
    words: Sequence[str],
    current: str,
    machines: dict[str, dict[str, list[str]]],
) -> Iterable[str]:
    if not isinstance(place, str):
        return place
    if place == _SPOT:
        return [f"{machine}:" for machine in machines]
    if place == _SERVICE:
        return machines.get(words[1], {}).get("services", ())
    node, slash, _ = current.partition("/")
    if place == _LOG and slash:
        return [f"{node}/{service}" for service in machines.get(node, {}).get("services", ())]
    return machines


def _taken_apart(before: Sequence[str]) -> tuple[str | None, list[str]]:
    """The lab that -n or NETPLAY_NAME names, and the words that are no options."""
    name, words, waiting = os.environ.get("NETPLAY_NAME"), [], ""
    for word in before:
        if waiting:
            name = word if waiting in ("-n", "--name") else name
            waiting = ""
        elif word in _WITH_VALUE:
            waiting = word
        elif not word.startswith("-"):
            words.append(word)
    return name, words


def _options(verb: str) -> Iterable[str]:
    from netplay.cli.verbs import options_of

    return options_of(verb)
