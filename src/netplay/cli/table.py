"""The verbs, in the order and the sections of ``netplay --help``; and their modules here."""

from __future__ import annotations

from netplay.errors import NoSuchNode, suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SECTIONS = {
    "Labs": {
        "up": "up",
        "down": "down",
        "reset": "reset",
        "ls": "ls",
        "labs": "ls",
    },
    "Machines": {
        "sh": "sh",
        "exec": "exec",
        "ps": "ps",
        "logs": "logs",
        "service": "service",
        "off": "off",
        "on": "on",
        "cp": "cp",
        "forward": "forward",
        "ssh-config": "ssh_config",
    },
    "Bad links": {
        "fault": "fault",
        "faults": "faults",
        "heal": "heal",
        "cut": "cut",
        "mend": "mend",
        "partition": "partition",
        "schedule": "schedule",
    },
    "Packets": {
        "capture": "capture",
        "trace": "trace",
        "why": "why",
        "reach": "reach",
        "measure": "measure",
    },
    "The network on paper": {
        "map": "map",
        "plan": "plan",
        "validate": "validate",
        "export": "export",
        "import": "import_lab",
        "schema": "schema",
    },
    "Lessons": {
        "lessons": "lessons",
        "lesson": "lesson",
    },
    "This computer": {
        "doctor": "doctor",
        "image": "image",
        "completion": "completion",
        "version": "version",
    },
}
VERBS = {verb: module for section in SECTIONS.values() for verb, module in section.items()}


def no_such_word(word: str, lab: str, machines: Iterable[str]) -> NoSuchNode:
    """The error about a first word that is neither a verb nor a machine of *lab*."""
    machines = list(machines)
    tail = suggestion(word, [*machines, *VERBS])
    if "did you mean" not in tail:
        tail = suggestion(word, machines) + "; netplay --help shows the commands"
    return NoSuchNode(f"there is no command and no machine of '{lab}' called '{word}'{tail}")
