"""Whatever comes off a wire: nothing raises, and nothing unprintable comes out. Seeded."""

from __future__ import annotations

import random
from ipaddress import ip_address

import pytest

from netplay.capture import (
    Filter,
    Frame,
    Lane,
    Live,
    Names,
    build,
    conversations,
    decode,
    follow,
    to_html,
    to_json,
    to_text,
)  # fmt: skip
from netplay.capture.dns import decode_dns
from netplay.capture.lines import line_info
from netplay.capture.telnet import telnet_info
from netplay.capture.tls import decode_tls
from tests.capture.packets import (
    ACK,
    LANES,
    PSH,
    answer,
    arp,
    client_hello,
    ethernet,
    icmp,
    ip,
    query,
    server_hello,
    tcp,
    udp,
)  # fmt: skip

A, B, A6, B6 = "192.168.1.11", "10.130.1.4", "2001:db8::1", "2001:db8::2"
SAMPLES = [
    ethernet(ip(A, B, 6, tcp(A, B, 40000, 80, flags=PSH | ACK, payload=b"GET / HTTP/1.1\r\n\r\n"))),
    ethernet(ip(A, B, 6, tcp(A, B, 40000, 443, payload=client_hello("www") + server_hello()))),
    ethernet(ip(A, B, 6, tcp(A, B, 40000, 23, payload=b"\xff\xfd\x18\xff\xfa\x01x"))),
    ethernet(ip(A, B, 17, udp(A, B, 53, 40000, answer("www.example.com", [(1, b"abcd")])))),
    ethernet(ip(A6, B6, 17, udp(A6, B6, 40000, 53, query("www.example.com"))), vlan=7),
    ethernet(ip(A6, B6, 0, b"\x3a\x00" + bytes(6) + icmp(135, 0, bytes(4), bytes(24)))),
    ethernet(ip(B, A, 1, icmp(3, 3, bytes(4), ip(A, B, 17, udp(A, B, 1, 2))))),
    ethernet(ip(A, B, 17, udp(A, B, 68, 67, bytes(240) + b"\x35\x01\x01\xff"))),
    ethernet(arp(1, A, B), 0x0806),
]
FILTERS = [
    Filter(text)
    for text in ("tcp[tcpflags] & tcp-syn != 0", "udp[8:4] > 1", "ip6 and host 2001:db8::1",
                 "net 10 or arp", "ether[200] = 1 or icmp6[0] = 135", "not port 80")
]  # fmt: skip


def mangled(random: random.Random, data: bytes) -> bytes:
    """*data* with a few bytes changed, cut, or with junk behind."""
    found = bytearray(data)
    for _ in range(random.randrange(4)):
        found[random.randrange(len(found))] = random.randrange(256)
    choice = random.randrange(4)
    if choice == 0:
        return bytes(found[: random.randrange(len(found))])
    return bytes(found) + random.randbytes(random.randrange(30) if choice == 1 else 0)


def frames(seed: int, count: int) -> list[Frame]:
    source = random.Random(seed)
    points = ["h1:eth1", "modemA:eth1", "www:eth0"]
    return [
        Frame(
            1000 * i,
            mangled(source, source.choice(SAMPLES)) if i % 5 else source.randbytes(i % 90),
            source.choice(points),
            link_type=source.choice((1, 1, 1, 1, 101, 113, 276, 9)),
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_packet_decodes_and_is_fit_for_a_terminal(seed: int) -> None:
    live = Live()
    for frame in frames(seed, 700):
        packet = decode(frame)
        assert packet.summary.isprintable()
        assert packet.summary.isascii()
        assert str(live.line(packet)).isprintable()
        _ = packet.checksum, packet.warnings, packet.ip and packet.ip.extensions
        _ = packet.ip and (packet.ip.identification, packet.ip.fragmented, packet.ip.dont_fragment)
        _ = packet.tcp and (packet.tcp.options, packet.tcp.sack, packet.tcp.timestamps)
        for test in FILTERS:
            assert test(packet) in (True, False)


@pytest.mark.parametrize("seed", range(2))
def test_every_story_can_be_told(seed: int) -> None:
    packets = [decode(frame) for frame in frames(seed + 100, 300)]
    assert len(conversations(packets)) <= len(packets)
    journeys = follow(packets)
    assert sum(len(journey.sightings) for journey in journeys) == len(packets)
    ladder = build(journeys, LANES)
    assert all(line.isprintable() for line in to_text(ladder, 80).splitlines())
    assert to_json(ladder)["schema"] == 1
    assert "\x1b" not in to_html(ladder)


def test_parsers_of_payloads_take_anything() -> None:
    source = random.Random(7)
    for size in range(300):
        data = source.randbytes(size)
        for parse in (decode_dns, decode_tls):
            parse(data)
            parse(b"\x16\x03\x03" + data)
        telnet_info(memoryview(data))
        line_info(memoryview(data))


def test_every_prefix_of_every_sample_decodes() -> None:
    for sample in SAMPLES:
        for size in range(len(sample)):
            assert decode(Frame(0, sample[:size])).summary


def test_names_from_a_hostile_file_are_escaped() -> None:
    names = Names({ip_address(A): "h1\x1b]0;owned\x07"})
    frame = Frame(0, SAMPLES[0], "evil\x1b[2J:eth0", comment="\x1b[1m")
    line = str(Live(names).line(decode(frame)))
    assert line.isprintable()
    lanes = [Lane(name="evil\x1b[2J", points=("evil\x1b[2J:eth0",))]
    ladder = build(follow([decode(frame)]), lanes, names=names, title="<b>\x1b")
    assert all(text.isprintable() for text in to_text(ladder).splitlines())
    page = to_html(ladder)
    assert "\x1b" not in page
    assert "<b>" not in page
