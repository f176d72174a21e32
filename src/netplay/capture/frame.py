"""What a recorder hands over: bytes with a time, a place and a direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# LINKTYPE_ values of https://www.tcpdump.org/linktypes.html
ETHERNET = 1
RAW_IP = 101
LINUX_COOKED = 113
LINUX_COOKED_2 = 276
EVERYTHING = 262144  # bytes of a packet; libpcap's MAXIMUM_SNAPLEN


class Direction(StrEnum):
    """Which way a packet crosses a capture point, seen from the node that the point belongs to."""

    IN = "in"
    OUT = "out"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place where packets are recorded; ``name`` is the node's end of a link, ``h1:eth1``.

    ``mirrored`` says that the socket sits at the far end of the node's cable (in the patch
    panel): what that end receives, the node has sent.
    """

    name: str
    description: str = ""
    link_type: int = ETHERNET
    mirrored: bool = False
    snap_length: int = EVERYTHING

    @property
    def node(self) -> str:
        """The node's name: what stands before the colon."""
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Frame:
    """One recorded packet, not yet looked at.

    ``time_ns`` is in nanoseconds since 1970. ``length`` is the number of bytes on the
    wire, more than ``len(data)`` where the recorder cut; 0 says that it did not.
    ``number`` counts from 1 in the file or recording that the frame comes from.
    """

    time_ns: int
    data: bytes
    point: str = ""
    direction: Direction = Direction.UNKNOWN
    length: int = 0
    link_type: int = ETHERNET
    number: int = 0
    comment: str = ""
