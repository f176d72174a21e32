"""From the bytes of a frame to a packet. It never raises: see ``notes``.

The way down is one table per layer: what the header before announced decides who reads next.
"""

from __future__ import annotations

from netplay.capture import ethernet, ip
from netplay.capture.arp import ARP, decode_arp
from netplay.capture.ethernet import decode_ethernet, decode_link
from netplay.capture.frame import ETHERNET, Frame
from netplay.capture.icmp import decode_icmp
from netplay.capture.ip import IP, decode_ip
from netplay.capture.layers import Transport
from netplay.capture.notes import Note
from netplay.capture.packet import Packet
from netplay.capture.tcp import decode_tcp
from netplay.capture.udp import decode_udp


def decode(frame: Frame) -> Packet:
    """The packet in *frame*."""
    data = memoryview(frame.data)
    notes: list[Note] = []
    if frame.link_type == ETHERNET:
        eth, begin = decode_ethernet(data, notes)
    else:
        eth, begin = decode_link(frame.link_type, data, notes)
    payload = data[begin:]
    network: IP | ARP | None = None
    transport: Transport | None = None
    kind = eth.type if eth is not None else -1
    if kind in (ethernet.IPV4, ethernet.IPV6):
        network, payload = decode_ip(payload, notes)
        if network is not None:
            transport, payload = decode_transport(network, payload, notes)
    elif kind == ethernet.ARP:
        network = decode_arp(payload, notes)
        payload = payload[28:]
    return Packet(eth, network, transport, payload, tuple(notes), frame)


def decode_transport(
    header: IP, data: memoryview, notes: list[Note]
) -> tuple[Transport | None, memoryview]:
    """The transport header of an IP payload; none in a later fragment, which begins in data."""
    protocol = header.protocol
    if header.version == 4:
        later = header.header[7] or header.header[6] & 0x1F
    else:
        later = header.fragment_offset
    if later:
        return None, data
    if protocol == ip.TCP:
        return decode_tcp(data, notes)
    if protocol == ip.UDP:
        return decode_udp(data, notes)
    if protocol == ip.ICMP and header.version == 4:
        return decode_icmp(4, data, notes)
    if protocol == ip.ICMPV6 and header.version == 6:
        return decode_icmp(6, data, notes)
    return None, data
