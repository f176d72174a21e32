"""A packet: the frame that was recorded, and the layers that were found in it."""

from __future__ import annotations

from dataclasses import dataclass

from netplay.capture.describe import Description, describe
from netplay.capture.frame import Direction, Frame
from netplay.capture.layers import Layers


@dataclass(frozen=True, slots=True)
class Packet(Layers):
    """One packet at one capture point, decoded."""

    frame: Frame

    @property
    def time(self) -> float:
        """Seconds since 1970; ``time_ns`` is exact."""
        return self.frame.time_ns / 1e9

    @property
    def time_ns(self) -> int:
        """Nanoseconds since 1970."""
        return self.frame.time_ns

    @property
    def point(self) -> str:
        """The name of the capture point, ``h1:eth1``."""
        return self.frame.point

    @property
    def node(self) -> str:
        """The node that the capture point belongs to."""
        return self.frame.point.partition(":")[0]

    @property
    def direction(self) -> Direction:
        """Whether it enters or leaves that node."""
        return self.frame.direction

    @property
    def length(self) -> int:
        """Bytes on the wire, the link's header included."""
        return self.frame.length or len(self.frame.data)

    @property
    def number(self) -> int:
        """Its place in the recording, from 1; the frame number that Wireshark shows."""
        return self.frame.number

    @property
    def description(self) -> Description:
        """The packet in words, with addresses as numbers."""
        return describe(self)

    @property
    def protocol(self) -> str:
        """The innermost protocol that was recognised: ``ARP``, ``TCP``, ``HTTP``."""
        return self.description.protocol

    @property
    def summary(self) -> str:
        """One line, escaped: ``192.168.1.11:40000 > 10.130.1.4:80 HTTP GET / HTTP/1.1``."""
        words = self.description
        line = f"{words.source} > {words.destination} {words.protocol} {words.info}"
        return line + "".join(f" [{warning}]" for warning in self.warnings)
