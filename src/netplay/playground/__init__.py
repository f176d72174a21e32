"""The playground: the twelve machines of ``playground.clab.yml``, which is their only list."""

from __future__ import annotations

from pathlib import Path

from netplay.compiler import loads
from netplay.model import Topology

FILE = "playground.clab.yml"


def text() -> str:
    """The topology file, as a person reads it."""
    return Path(__file__).with_name(FILE).read_text(encoding="utf-8")


def playground() -> Topology:
    """The topology of the playground."""
    return loads(text(), FILE, environment={})
