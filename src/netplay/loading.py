"""Topology files as netplay runs them: with its own services known to the compiler's check."""

from __future__ import annotations

import os

from netplay import compiler
from netplay.model import Topology
from netplay.services import known

__all__ = ["load"]


def load(path: str | os.PathLike[str], *, strict: bool = False) -> Topology:
    """The topology in the file at *path*; with *strict*, what would be a warning is a mistake.

    Raises TopologyError with every mistake, each with its line and column and the nearest right
    word, and OSError if the file cannot be read.
    """
    return compiler.load(path, services=known(), strict=strict)
