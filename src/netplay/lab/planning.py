"""The plan of a lab on this computer: the topology's, with what the computer adds to it."""

from __future__ import annotations

import os

from netplay.credentials import credentials
from netplay.model import Bind, Node, Role, Topology
from netplay.paths import cache_directory
from netplay.plan import other_steps
from netplay.services import SERVICES, check
from netplay.steps import Step

TYPE_CHECKING = False  # pathlib costs an import; type checkers know the name
if TYPE_CHECKING:
    from pathlib import Path


def others(topology: Topology, name: str, *, work: str | Path | None = None) -> tuple[Step, ...]:
    """Every step of the lab *name* but its network's; *work* (default: `.`) is at /work.

    Raises TopologyError if a node uses a service that does not exist.
    """
    check(topology)
    shared = (
        Bind(source=os.path.realpath(work or os.getcwd()), target="/work"),
        Bind(source=_lessons(), target="/lessons", read_only=True),
    )
    binds = tuple(bind for bind in shared if os.path.isdir(bind.source))
    nodes = tuple(_with_binds(node, binds) for node in topology.nodes)
    whole = topology.replaced(name=name, nodes=nodes)
    secrets = credentials(whole, cache_directory())
    return other_steps(whole, secrets, SERVICES)


def lessons() -> Path:
    """The folder of the lessons: inside the installed package, else that of the checkout."""
    from pathlib import Path

    return Path(_lessons())


def _lessons() -> str:
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    installed = os.path.join(package, "_lessons")
    checkout = os.path.join(os.path.dirname(os.path.dirname(package)), "lessons")
    return installed if os.path.isdir(installed) else checkout


def _with_binds(node: Node, binds: tuple[Bind, ...]) -> Node:
    return node if node.role is Role.SWITCH else node.replaced(binds=(*binds, *node.binds))
