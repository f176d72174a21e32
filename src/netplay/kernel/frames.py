"""Frames as a packet socket gives and takes them: a virtio header, Ethernet, payload.

With PACKET_VNET_HDR (packet(7)) ten bytes stand before each frame, struct virtio_net_hdr of
linux/virtio_net.h. They tell what the kernel has left for a network card to do: a checksum to be
completed, a piece of 64 kB to be cut into packets. Handed on unchanged, they let the receiver know
the same; without them every TCP segment on its way between two nodes would count as damaged.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

HEADER = struct.Struct("=BBHHHH")  # flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
_NEEDS_CSUM = 1
_MACS = HEADER.size + 12  # where destination and source end, and a VLAN tag belongs
_PAYLOAD = HEADER.size + 14

_SOL_PACKET, _PACKET_AUXDATA = 263, 8
# struct tpacket_auxdata: status, len, snaplen, mac, net, vlan_tci, vlan_tpid
_AUXDATA = struct.Struct("=IIIHHHH")
_VLAN_VALID, _VLAN_TPID_VALID = 0x10, 0x40
_8021Q = 0x8100

Ancillary = Iterable[tuple[int, int, bytes]]


def tagged(frame: bytes, ancillary: Ancillary) -> bytes:
    """*frame* with the VLAN tag that the kernel took out of it and put beside it, if there was one.

    The tag is taken out of every frame that comes in (net/core/dev.c, skb_vlan_untag), whatever
    the interface is told about offloading.
    """
    for level, kind, data in ancillary:
        if (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
            status, _, _, _, _, tag, protocol = _AUXDATA.unpack(data[: _AUXDATA.size])
            if status & _VLAN_VALID:
                protocol = protocol if status & _VLAN_TPID_VALID else _8021Q
                return _with_tag(frame, struct.pack("!HH", protocol, tag))
    return frame


def _with_tag(frame: bytes, tag: bytes) -> bytes:
    flags, kind, header, size, start, offset = HEADER.unpack_from(frame)
    # Both count from the beginning of the frame; zero is "not used".
    header += len(tag) if header else 0
    start += len(tag) if flags & _NEEDS_CSUM else 0
    numbers = HEADER.pack(flags, kind, header, size, start, offset)
    return numbers + frame[HEADER.size : _MACS] + tag + frame[_MACS:]


def damaged(frame: bytes, place: float) -> bytes:
    """*frame* with one bit turned over, *place* (0 to 1) of the way through its payload.

    Not in the Ethernet header: a real card drops a frame whose own checksum is wrong, and the
    point of damage is to be noticed further up. The virtio header becomes empty, for it would
    vouch for the checksum.
    """
    bits = (len(frame) - _PAYLOAD) * 8
    if bits <= 0:
        return frame
    position = int(place * bits)
    whole = bytearray(frame)
    whole[: HEADER.size] = bytes(HEADER.size)
    whole[_PAYLOAD + position // 8] ^= 1 << position % 8
    return bytes(whole)
