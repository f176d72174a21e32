"""Topologies in the formats of others, and from them."""

from __future__ import annotations

from netplay.export.compose import compose
from netplay.export.containerlab import containerlab
from netplay.export.kathara import import_kathara
from netplay.export.plain import plain

__all__ = ["compose", "containerlab", "import_kathara", "plain"]
