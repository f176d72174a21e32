"""Layers and their fields, whole and cut."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netplay.capture import Checksum, Direction, Frame, decode
from netplay.capture.checksum import checksum, verify
from netplay.capture.ethernet import Vlan
from netplay.capture.notes import Malformed, Truncated
from tests.capture.packets import (
    ACK,
    FIN,
    MAC_A,
    MAC_B,
    PSH,
    SYN,
    SYN_OPTIONS,
    arp,
    ethernet,
    frame,
    icmp,
    ip,
    packet,
    pseudo,
    tcp,
    udp,
)  # fmt: skip

A, B = "192.168.1.11", "10.130.1.4"
A6, B6 = "2001:db8::11", "2001:db8:130::4"


def test_the_checksum_of_rfc_1071() -> None:
    # The example of §3: the sum is ddf2, so the field is its complement.
    data = bytes.fromhex("0001f203f4f5f6f7")
    assert checksum(data) == 0xFFFF - 0xDDF2
    assert verify(data + checksum(data).to_bytes(2, "big"))
    assert checksum(b"\x01") == checksum(b"\x01\x00")


def test_a_tcp_packet_has_all_its_fields() -> None:
    found = packet(
        ip(A, B, 6, tcp(A, B, 40000, 80, seq=7, ack=9, flags=PSH | ACK, payload=b"hello"), ttl=63),
        point="h1:eth1", direction=Direction.OUT, number=5,
    )  # fmt: skip
    assert (found.eth.source, found.eth.destination) == (MAC_A.hex(":"), MAC_B.hex(":"))
    assert found.eth.type_name == "IPv4"
    assert (found.ip.version, found.ip.ttl, found.ip.protocol, found.ip.length) == (4, 63, 6, 45)
    assert (found.ip.source, found.ip.destination) == (ip_address(A), ip_address(B))
    assert (found.ip.identification, found.ip.dont_fragment, found.ip.fragmented) == (
        1,
        True,
        False,
    )
    assert (found.tcp.source_port, found.tcp.destination_port) == (40000, 80) == found.ports
    assert (found.tcp.sequence, found.tcp.acknowledgment, found.tcp.window) == (7, 9, 502)
    assert found.tcp.flag_names == ("PSH", "ACK")
    assert bytes(found.payload) == b"hello"
    assert (found.checksum, found.ip.checksum) == (Checksum.GOOD, Checksum.GOOD)
    assert (found.udp, found.icmp, found.icmpv6, found.arp) == (None,) * 4
    assert (found.node, found.point, found.number, found.length) == ("h1", "h1:eth1", 5, 59)
    assert found.summary == (
        "192.168.1.11:40000 > 10.130.1.4:80 TCP PSH, ACK seq 7 ack 9 5 bytes win 502"
    )


def test_tcp_options() -> None:
    stamps = b"\x08\x0a" + struct.pack("!II", 17, 4)
    sack = b"\x05\x0a" + struct.pack("!II", 100, 200)
    options = SYN_OPTIONS + stamps + sack + b"\x01\x01"
    found = packet(ip(A, B, 6, tcp(A, B, 1, 2, flags=SYN, options=options))).tcp
    assert (found.syn, found.fin, found.rst, found.ack) == (True, False, False, False)
    assert (found.mss, found.window_scale, found.timestamps) == (1460, 7, (17, 4))
    assert found.sack == ((100, 200),)
    assert found.urgent == 0


@pytest.mark.parametrize("options", [b"\x02\x00\x00\x00", b"\x08\x0a\x00\x01", b"\x03\x09\x01\x01"])
def test_broken_tcp_options_are_left_out(options: bytes) -> None:
    found = packet(ip(A, B, 6, tcp(A, B, 1, 2, flags=SYN, options=options))).tcp
    assert (found.mss, found.window_scale, found.timestamps, found.sack) == (None, None, None, ())


def test_padding_of_the_link_is_not_payload() -> None:
    data = ethernet(ip(A, B, 17, udp(A, B, 53, 53, b"x"))).ljust(60, b"\0")
    assert bytes(packet(data).payload) == b"x"


def test_vlan_tags() -> None:
    inner = struct.pack("!HH", 0x8100, 7 << 13 | 42)
    outer = struct.pack("!HH", 0x88A8, 100)
    data = MAC_B + MAC_A + outer + inner + b"\x08\x00" + ip(A, B, 17, udp(A, B, 1, 2))
    found = packet(data)
    assert found.vlans == (Vlan(100, 0, 0x88A8), Vlan(42, 7))
    assert found.udp is not None
    assert found.summary.endswith("(VLAN 100, 42)")


def test_ipv6_with_extension_headers() -> None:
    options = b"\x2c\x00" + bytes(6)  # hop by hop, then a fragment header
    fragment = b"\x11\x00" + struct.pack("!HI", 0, 99)
    datagram = udp(A6, B6, 5000, 53, b"hi")
    found = packet(ip(A6, B6, 0, options + fragment + datagram))
    assert found.ip.extensions == (0, 44)
    assert (found.ip.protocol, found.ip.identification, found.ip.fragmented) == (17, 99, False)
    assert found.udp.destination_port == 53
    assert found.checksum is Checksum.GOOD
    assert found.summary.startswith("[2001:db8::11]:5000 > [2001:db8:130::4]:53 UDP")


def test_a_later_ipv6_fragment_is_payload() -> None:
    fragment = b"\x3c\x00" + struct.pack("!HI", 1448, 99)  # "destination options": not a header
    found = packet(ip(A6, B6, 44, fragment + b"\xff" * 20))
    assert found.transport is None
    assert found.ip.fragment_offset == 1448
    assert bytes(found.payload) == b"\xff" * 20
    assert found.notes == ()


def test_ipv4_fragments() -> None:
    whole = udp(A, B, 5000, 9, bytes(2000))
    first = packet(ip(A, B, 17, whole[:1480], flags=0x2000))
    last = packet(ip(A, B, 17, whole[1480:], flags=1480 // 8))
    assert first.udp is not None
    assert (first.ip.more_fragments, first.checksum) == (True, Checksum.UNKNOWN)
    assert (last.udp, last.ip.fragment_offset, last.ip.more_fragments) == (None, 1480, False)
    assert "fragment at 1480, the last, 528 bytes" in last.summary


def test_checksums() -> None:
    good = ip(A, B, 17, udp(A, B, 1, 2, b"abc"))
    assert packet(good).checksum is Checksum.GOOD
    bad = packet(good[:-1] + b"X")
    assert bad.checksum is Checksum.BAD
    assert bad.warnings == ("bad UDP checksum",)
    assert bad.summary.endswith("[bad UDP checksum]")
    assert packet(good[:8] + b"\x01" + good[9:]).ip.checksum is Checksum.BAD
    none = udp(A, B, 1, 2, b"abc")
    assert packet(ip(A, B, 17, none[:6] + b"\0\0" + none[8:])).checksum is Checksum.ABSENT
    # What Linux leaves for a card to complete: the sum of the pseudo-header alone.
    partial = pseudo(A, B, 17, len(none)) % 0xFFFF
    left = none[:6] + partial.to_bytes(2, "big") + none[8:]
    assert packet(ip(A, B, 17, left)).checksum is Checksum.PARTIAL
    assert packet(ip(A, B, 17, left)).warnings == ()


def test_arp() -> None:
    found = packet(ethernet(arp(1, A, "192.168.1.1"), 0x0806, to=b"\xff" * 6))
    assert (found.arp.operation, str(found.arp.sender)) == (1, A)
    assert found.summary == f"{A} > ff:ff:ff:ff:ff:ff ARP who has 192.168.1.1? tell {A}"
    words = {
        (2, A, "192.168.1.1"): f"{A} is at 02:00:00:00:00:01",
        (1, "0.0.0.0", A): f"is {A} taken?",
        (1, A, A): f"{A} is at 02:00:00:00:00:01 (announcement)",
        (9, A, "192.168.1.1"): "operation 9",
    }
    for arguments, expected in words.items():
        assert packet(ethernet(arp(*arguments), 0x0806)).arp.info() == expected
    odd = packet(ethernet(b"\x00\x06" + arp(1, A, B)[2:], 0x0806))
    assert odd.notes == (Malformed("ARP", "not for IPv4 over Ethernet"),)


def test_icmp_errors_quote_the_packet() -> None:
    lost = ip(A, B, 17, udp(A, B, 5000, 33434, b"probe"), ttl=1)
    found = packet(ip("192.168.1.1", A, 1, icmp(11, 0, bytes(4), lost)))
    assert found.icmp.error
    assert found.icmp.quoted.ports == (5000, 33434)
    assert found.checksum is Checksum.GOOD
    assert found.icmp.info() == f"time exceeded in transit (UDP {A}:5000 > {B}:33434)"
    short = packet(ip("192.168.1.1", A, 1, icmp(3, 4, b"\0\0\x05\x78", lost[:28])))
    assert (short.icmp.mtu, short.icmp.reason) == (1400, "fragmentation needed")
    assert short.notes == ()


def test_pings_and_redirects() -> None:
    found = packet(ip(A, B, 1, icmp(8, 0, b"\x00\x05\x00\x02", b"data"))).icmp
    assert (found.echo, found.identifier, found.sequence) == (True, 5, 2)
    assert found.info() == "echo request id 5 seq 2"
    redirect = icmp(5, 1, ip_address("10.0.0.9").packed, ip(A, B, 17, bytes(8)))
    assert str(packet(ip(A, B, 1, redirect)).icmp.target) == "10.0.0.9"
    assert packet(ip(A, B, 1, icmp(77, 3, bytes(4)))).icmp.info() == "type 77"
    assert packet(ip(A, B, 1, icmp(3, 99, bytes(4)))).icmp.reason.endswith("(code 99)")


def test_neighbour_discovery() -> None:
    body = ip_address(B6).packed + b"\x02\x01" + MAC_B
    message = icmp(136, 0, b"\x60\0\0\0", body, pseudo(A6, B6, 58, 8 + len(body)))
    found = packet(ip(A6, B6, 58, message))
    assert found.checksum is Checksum.GOOD
    assert (found.icmpv6.target, found.icmpv6.link_address) == (ip_address(B6), MAC_B.hex(":"))
    assert found.icmpv6.info() == f"neighbor advertisement {B6} at {MAC_B.hex(':')}"
    assert found.icmp is None
    big = packet(ip(A6, B6, 58, icmp(2, 0, b"\0\0\x05\0", ip(A6, B6, 17, bytes(8))))).icmpv6
    assert (big.mtu, big.reason, big.error) == (1280, "packet too big", True)


def test_other_links_have_other_headers() -> None:
    bare = ip(A, B, 17, udp(A, B, 1, 2))
    assert decode(Frame(0, bare, link_type=101)).udp is not None
    assert decode(Frame(0, bytes(14) + b"\x08\x00" + bare, link_type=113)).udp is not None
    assert decode(Frame(0, b"\x08\x00" + bytes(18) + bare, link_type=276)).udp is not None
    assert decode(Frame(0, bytes(3), link_type=113)).notes
    assert decode(Frame(0, b"what", link_type=147)).protocol == "?"
    assert decode(Frame(0, b"", link_type=101)).ip is None


def test_unknown_protocols_are_named() -> None:
    spanning = bytes.fromhex("0180c2000000") + MAC_A + b"\x00\x26" + bytes(38)
    assert packet(spanning).protocol == "STP"
    assert packet(ethernet(b"x", 0x88B5)).summary.endswith("0x88b5 1 bytes")
    assert packet(ethernet(b"x", 0x0100)).protocol == "802.3"
    assert packet(ip(A, B, 89, b"ospf")).protocol == "OSPF"
    assert packet(ip(A, B, 200, b"?")).summary.endswith("IP 200 1 bytes")


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"\0" * 13, Truncated("Ethernet header", 14, 13)),
        (MAC_A + MAC_B + b"\x81\x00\x00", Truncated("VLAN tag", 4, 1)),
        (ethernet(b"\x45" + bytes(9), 0x0800), Truncated("IP header", 20, 10)),
        (ethernet(b"\x60" + bytes(9), 0x86DD), Truncated("IPv6 header", 40, 10)),
        (ethernet(b"\x50" + bytes(30), 0x0800), Malformed("IP", "version 5")),
        (ethernet(ip(A, B, 6, bytes(19))), Truncated("TCP header", 20, 19)),
        (ethernet(ip(A, B, 6, bytes(20))), Malformed("TCP header", "only 0 bytes long")),
        (ethernet(ip(A, B, 6, bytes(12) + b"\xf0" + bytes(7))), Truncated("TCP header", 60, 20)),
        (ethernet(ip(A, B, 17, b"abc")), Truncated("UDP header", 8, 3)),
        (ethernet(ip(A, B, 17, bytes(5) + b"\x04" + bytes(4))),
         Malformed("UDP", "length 4 is less than its header")),
        (ethernet(ip(A, B, 17, udp(A, B, 1, 2, b"abcd")[:-1])), Truncated("UDP datagram", 12, 11)),
        (ethernet(ip(A, B, 1, b"abc")), Truncated("ICMP", 8, 3)),
        (ethernet(ip(A6, B6, 58, b"abc")), Truncated("ICMPv6", 8, 3)),
        (ethernet(ip(A6, B6, 0, b"\x06")), Truncated("IPv6 extension header", 8, 1)),
        (ethernet(b"\0" * 8, 0x0806), Truncated("ARP", 28, 8)),
        (ethernet(ip(A, B, 17, udp(A, B, 1, 2, bytes(50))))[:50], Truncated("IP packet", 78, 36)),
    ],
)  # fmt: skip
def test_what_is_cut_or_wrong_becomes_a_note(data: bytes, note: Truncated | Malformed) -> None:
    found = decode(frame(data))
    assert found.notes[0] == note
    assert str(note) in found.summary


def test_a_frame_cut_by_the_recorder_knows_its_length() -> None:
    data = ethernet(ip(A, B, 17, udp(A, B, 1, 2, bytes(500))))
    found = decode(frame(data[:64], length=len(data)))
    assert found.length == len(data)
    assert found.checksum is Checksum.UNKNOWN


def test_a_wrong_header_length_is_mended() -> None:
    data = bytearray(ip(A, B, 6, tcp(A, B, 1, 2, flags=FIN)))
    data[0] = 0x42
    found = packet(ethernet(bytes(data), 0x0800))
    assert found.notes[0] == Malformed("IP header", "only 8 bytes long")
    assert found.tcp is not None
    data[0], data[2:4] = 0x45, b"\x00\x10"
    assert "less than its header" in str(packet(bytes(data)).notes[0])
