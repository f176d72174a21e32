"""The plan of a lab on this computer: the topology's, with what the computer adds to it."""

from __future__ import annotations

import os
from pathlib import Path

from netplay.credentials import credentials
from netplay.model import Bind, Node, Role, Topology
from netplay.paths import cache_directory
from netplay.plan import plan
from netplay.services import SERVICES, check
from netplay.steps import Step


def steps(topology: Topology, name: str, *, work: str | Path | None = None) -> tuple[Step, ...]:
    """Every step of the lab *name*; *work* (default: the current folder) is at /work.

    Raises TopologyError if a node uses a service that does not exist.
    """
    check(topology)
    shared = (
        Bind(source=str(Path(work or Path.cwd()).resolve()), target="/work"),
        Bind(source=str(lessons()), target="/lessons", read_only=True),
    )
    binds = tuple(bind for bind in shared if os.path.isdir(bind.source))
    nodes = tuple(_with_binds(node, binds) for node in topology.nodes)
    whole = topology.replaced(name=name, nodes=nodes)
    secrets = credentials(whole, cache_directory())
    return plan(whole, secrets, {service.name: service for service in SERVICES})


def lessons() -> Path:
    """The folder of the lessons: inside the installed package, else that of the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_lessons"
    return installed if installed.is_dir() else package.parent.parent / "lessons"


def _with_binds(node: Node, binds: tuple[Bind, ...]) -> Node:
    return node if node.role is Role.SWITCH else node.replaced(binds=(*binds, *node.binds))
