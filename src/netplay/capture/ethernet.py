"""The link layer: Ethernet II with VLAN tags, 802.3, Linux "cooked" captures and bare IP."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from netplay.capture.frame import LINUX_COOKED, LINUX_COOKED_2, RAW_IP
from netplay.capture.notes import Note, Truncated

IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
# IEEE 802.1Q §9.5 C-tag, 802.1ad S-tag, and the older QinQ number that switches still send.
VLAN_TAGS = (0x8100, 0x88A8, 0x9100)
TYPE_NAMES = {
    IPV4: "IPv4", ARP: "ARP", IPV6: "IPv6", 0x8035: "RARP", 0x8863: "PPPoE", 0x8864: "PPPoE",
    0x8847: "MPLS", 0x88CC: "LLDP", 0x888E: "EAPOL", 0x88F7: "PTP",
}  # fmt: skip
BROADCAST = "ff:ff:ff:ff:ff:ff"


@lru_cache(maxsize=4096)
def mac(data: bytes) -> str:
    """Six bytes as ``02:00:00:00:00:01``."""
    return data.hex(":")


@dataclass(frozen=True, slots=True)
class Vlan:
    """One 802.1Q tag: ``id`` 0 to 4095, ``priority`` 0 to 7."""

    id: int
    priority: int
    tag: int = 0x8100


@dataclass(frozen=True, slots=True)
class Ethernet:
    """An Ethernet header. A ``type`` up to 1500 is an 802.3 length, followed by LLC."""

    type: int
    vlans: tuple[Vlan, ...] = ()
    header: memoryview = field(default=memoryview(b""), repr=False)

    @property
    def destination(self) -> str:
        """The receiver's MAC address; empty where the link has none."""
        return mac(bytes(self.header[:6])) if len(self.header) >= 14 else ""

    @property
    def source(self) -> str:
        """The sender's MAC address; empty where the link has none."""
        return mac(bytes(self.header[6:12])) if len(self.header) >= 14 else ""

    @property
    def type_name(self) -> str:
        """What the payload is, ``IPv4`` or ``0x88b5``."""
        if self.type <= 1500:
            return "802.3"
        return TYPE_NAMES.get(self.type, f"0x{self.type:04x}")


def decode_ethernet(data: memoryview, notes: list[Note]) -> tuple[Ethernet | None, int]:
    """The Ethernet header of a frame, and where the next layer begins."""
    size = len(data)
    if size < 14:
        notes.append(Truncated("Ethernet header", 14, size))
        return None, size
    kind, offset = data[12] << 8 | data[13], 14
    if kind not in VLAN_TAGS:
        return Ethernet(kind, (), data[:14]), 14
    vlans: list[Vlan] = []
    while kind in VLAN_TAGS:
        if size < offset + 4:
            notes.append(Truncated("VLAN tag", 4, size - offset))
            return Ethernet(kind, tuple(vlans), data[:14]), size
        word = data[offset] << 8 | data[offset + 1]
        vlans.append(Vlan(word & 0xFFF, word >> 13, kind))
        kind, offset = data[offset + 2] << 8 | data[offset + 3], offset + 4
    return Ethernet(kind, tuple(vlans), data[:14]), offset


def decode_link(link: int, data: memoryview, notes: list[Note]) -> tuple[Ethernet | None, int]:
    """The header of a link that is not Ethernet; *link* is a LINKTYPE_ number.

    RAW, IPV4 and IPV6 have no header at all; SLL and SLL2 are what ``tcpdump -i any`` writes.
    """
    if link in (RAW_IP, 228, 229):
        version = data[0] >> 4 if len(data) else 0
        return Ethernet({4: IPV4, 6: IPV6}.get(version, 0xFFFF)), 0
    # LINKTYPE_LINUX_SLL: the protocol is the last of 16 bytes; SLL2: the first of 20.
    if link in (LINUX_COOKED, LINUX_COOKED_2):
        size, place = (16, 14) if link == LINUX_COOKED else (20, 0)
        if len(data) < size:
            notes.append(Truncated("Linux cooked header", size, len(data)))
            return None, len(data)
        return Ethernet(data[place] << 8 | data[place + 1]), size
    return None, 0
