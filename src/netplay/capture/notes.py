"""What a decoder remarks when the bytes are not what their headers say.

Decoding never raises: half a packet is still worth showing, and a learner's first raw packet is
usually wrong. The layers that could be read are there, and a note says where reading ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Truncated:
    """The bytes end inside *layer*: ``needed`` of them were announced, ``available`` are there."""

    layer: str
    needed: int
    available: int

    def __str__(self) -> str:
        return f"{self.layer} cut short: {self.available} of {self.needed} bytes"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A field of *layer* has a value that cannot be."""

    layer: str
    reason: str

    def __str__(self) -> str:
        return f"{self.layer} malformed: {self.reason}"


Note: TypeAlias = Truncated | Malformed
