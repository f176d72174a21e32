"""ARP (RFC 826), for Ethernet and IPv4: the only pair that is ever seen."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from netplay.capture.ethernet import mac
from netplay.capture.ip import address4
from netplay.capture.notes import Malformed, Note, Truncated
from netplay.model import Address

_HEADER = struct.Struct("!HHBBH6s4s6s4s")
REQUEST, REPLY = 1, 2


@dataclass(frozen=True, slots=True)
class ARP:
    """A question for, or an answer with, the MAC address that belongs to an IPv4 address."""

    operation: int
    sender_mac: str
    sender: Address
    target_mac: str
    target: Address

    def info(self, name: Callable[[Address], str] = str) -> str:
        """The packet in words; *name* says how addresses are written."""
        # RFC 5227 §1.1: a probe asks before the address is one's own, so its sender is 0.0.0.0;
        # §3: an announcement names itself twice.
        if self.operation == REQUEST and not int(self.sender):
            return f"is {name(self.target)} taken?"
        if self.sender == self.target:
            return f"{name(self.sender)} is at {self.sender_mac} (announcement)"
        if self.operation == REQUEST:
            return f"who has {name(self.target)}? tell {name(self.sender)}"
        if self.operation == REPLY:
            return f"{name(self.sender)} is at {self.sender_mac}"
        return f"operation {self.operation}"


def decode_arp(data: memoryview, notes: list[Note]) -> ARP | None:
    """The ARP packet in *data*, or None and a note."""
    if len(data) < _HEADER.size:
        notes.append(Truncated("ARP", _HEADER.size, len(data)))
        return None
    hardware, protocol, hlen, plen, operation, smac, sender, tmac, target = _HEADER.unpack_from(
        data
    )
    if (hardware, protocol, hlen, plen) != (1, 0x0800, 6, 4):
        notes.append(Malformed("ARP", "not for IPv4 over Ethernet"))
        return None
    return ARP(operation, mac(smac), address4(sender), mac(tmac), address4(target))
