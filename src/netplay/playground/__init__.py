"""The playground: the twelve machines of ``playground.clab.yml``, which is their only list."""

from __future__ import annotations

import os

from netplay.compiler import loads
from netplay.model import Topology

FILE = "playground.clab.yml"


def text() -> str:
    """The topology file, as a person reads it."""
    with open(os.path.join(os.path.dirname(__file__), FILE), encoding="utf-8") as file:
        return file.read()


def playground() -> Topology:
    """The topology of the playground."""
    return loads(text(), FILE, environment={})
