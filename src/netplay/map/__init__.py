"""Pictures of a topology: text for a terminal, Mermaid for a README, SVG for a page.

All three draw the same tree, whose root is the core of the network; nothing is stored, so no
picture can disagree with the topology.
"""

from __future__ import annotations

from netplay.map.mermaid import mermaid
from netplay.map.svg import svg
from netplay.map.text import text_map

__all__ = ["mermaid", "svg", "text_map"]
