"""Brings a lab up and shows how far it is, for ``up`` and for a prompt on a lab that is not up."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netplay.cli.output import say
from netplay.cli.table import no_such_word
from netplay.errors import NoSuchNode, suggestion

if TYPE_CHECKING:
    from netplay.image.build import Progress
    from netplay.lab import Lab


def start(lab: Lab, *, capture: str | None = None) -> bool:
    """Brings *lab* up, the root image first; False if it was up already.

    *capture* is a file for all its packets.
    """
    from netplay import image

    if lab.place.is_up():
        return False
    if not image.present(lab.topology.layers):
        with image_progress() as tell:
            image.ensure_all(lab.topology.layers, tell)
    begun = time.monotonic()
    with _status_line(lab.name) as stage:
        if not lab.up(progress=stage, capture=capture):
            return False  # somebody else has been faster
    machines = list(lab)
    services = sum(len(node.description.services) for node in machines)
    say(
        f"{lab.name} is up: {len(machines)} machines, {services} services,"
        f" in {time.monotonic() - begun:.2f} s"
    )
    for node in lab.topology.nodes:
        for port in node.ports:
            say(f"  {port.address}:{port.port} leads to {node.name}:{port.target}")
    return True


def start_playground_for(node: str, *, may_be_verb: bool) -> None:
    """Brings the playground up because *node* was asked for; NoSuchNode if it is not one of its."""
    from netplay.lab import Lab
    from netplay.playground import playground

    topology = playground()
    machines = [machine.name for machine in topology.computers]
    if node not in machines:
        if may_be_verb:
            raise no_such_word(node, topology.name, machines)
        raise NoSuchNode(
            f"the lab '{topology.name}' has no machine called '{node}'{suggestion(node, machines)}"
        )
    start(Lab(topology))


@contextmanager
def _status_line(name: str) -> Iterator[Progress]:
    """Stages of `up`: one line that is overwritten at a terminal, one line each on a pipe."""
    terminal = sys.stderr.isatty()

    def stage(text: str, seconds: float | None) -> None:
        if terminal:
            say(f"\r\x1b[Kstarting {name}: {text}", end="")
        else:
            say(f"{name}: {text} after {seconds or 0:.2f} s")

    if terminal:
        stage("network", None)
    try:
        yield stage
    finally:
        if terminal:
            say("\r\x1b[K", end="")


@contextmanager
def image_progress() -> Iterator[Progress]:
    """The making of the root image: a bar at a terminal, one line for each thing on a pipe."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    say("The root image is made ready; the first time this takes some minutes.")
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(text: str, share: float | None) -> None:
            bar.update(task, description=text or None, completed=share)

        yield tell


class _Lines:
    """Says each thing once, however often its share grows."""

    def __init__(self) -> None:
        self._last = ""

    def tell(self, text: str, _share: float | None) -> None:
        if text != self._last:
            self._last = text
            say(f"image: {text}")
