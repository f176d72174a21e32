"""The same packet at several points."""

from __future__ import annotations

from netplay.capture import Direction, Filter, Rewrite, decode, follow, matching
from tests.capture.packets import (
    ACK,
    H1,
    ISP,
    MAC_A,
    MAC_B,
    MODEM_OUT,
    PSH,
    SYN,
    SYN_OPTIONS,
    WWW,
    Net,
    arp,
    ethernet,
    icmp,
    ip,
    query,
    tcp,
    udp,
)  # fmt: skip

IN, OUT = Direction.IN, Direction.OUT


def places(journey) -> list[str]:
    return [f"{packet.point} {packet.direction}" for packet in journey.sightings]


def test_through_nat_and_four_nodes() -> None:
    net = Net()
    net.tcp(True, SYN, 0, 0, options=SYN_OPTIONS)
    net.tcp(False, SYN | ACK, 0, 1, options=SYN_OPTIONS)
    there, back = follow(net.packets())
    assert places(there) == [
        "h1:eth1 out", "modemA:eth1 in", "modemA:eth0 out", "isp:eth1 in", "isp:eth0 out",
        "www:eth0 in",
    ]  # fmt: skip
    assert [packet.ip.ttl for packet in there.sightings] == [64, 64, 63, 63, 62, 62]
    assert there.rewrites == (Rewrite("modemA", "source", f"{H1}:40000", f"{MODEM_OUT}:40000"),)
    assert back.rewrites == (Rewrite("modemA", "destination", f"{MODEM_OUT}:40000", f"{H1}:40000"),)
    assert (there.number, back.number) == (1, 2)
    assert (there.first.point, there.last.point) == ("h1:eth1", "www:eth0")
    assert there.damaged is None


def test_the_order_of_recording_does_not_matter() -> None:
    net = Net()
    net.open()
    assert follow(reversed(net.packets())) == follow(net.packets())


def test_equal_times_are_sorted_by_ttl_and_direction() -> None:
    net = Net(step=0)
    net.tcp(True, SYN, 0, 0)
    expected = [frame.point for frame in net.frames]
    (journey,) = follow(reversed(net.packets()))
    assert [packet.point for packet in journey.sightings] == expected


def test_a_retransmission_is_another_journey() -> None:
    net = Net()
    net.tcp(True, PSH | ACK, 1, 1, b"data", upto=4)
    net.wait(0.2)
    net.tcp(True, PSH | ACK, 1, 1, b"data")
    lost, again = follow(net.packets())
    assert (len(lost.sightings), len(again.sightings)) == (4, 6)


def test_a_repeated_datagram_without_identification() -> None:
    # Byte for byte the same query: the second arrives, and the first must not be given its end.
    net = Net()
    net.ids["h1"] = -1
    net.udp(True, 53, query("www"), upto=3)
    net.wait(1.0)
    net.ids["h1"] = -1
    net.udp(True, 53, query("www"))
    lost, again = follow(net.packets())
    assert (len(lost.sightings), len(again.sightings)) == (3, 6)


def test_slow_links_are_learnt() -> None:
    # Three datagrams, a second between them, over a link that takes 2.5 s: each keeps its own.
    net = Net()
    arrivals = []
    for number in range(3):
        net.now = 1_000_000_000 * (10 + number)
        net.ids["h1"] = number * 100
        net.udp(True, 9, b"same", upto=1)
        arrivals.append((net.now + 2_500_000_000, number))
    for moment, number in arrivals:
        net.now = moment
        data = ip(MODEM_OUT, WWW, 17, udp(MODEM_OUT, WWW, 40000, 9, b"same"), ttl=62,
                  ident=number * 100 + 1)  # fmt: skip
        net.at("www:eth0", IN, data)
    journeys = follow(net.packets())
    assert [len(journey.sightings) for journey in journeys] == [2, 2, 2]
    delays = {j.last.time_ns - j.first.time_ns for j in journeys}
    assert delays == {2_500_000_000 + net.step}


def test_two_clients_with_the_same_words_keep_apart() -> None:
    net = Net()
    for client, port in (("192.168.1.11", 40000), ("192.168.1.12", 40001)):
        data = ip(client, WWW, 17, udp(client, WWW, port, 9, b"ping"), ident=0)
        net.at("modemA:eth1", IN, data)
    for port in (40001, 40000):  # overtaken inside the modem
        data = ip(MODEM_OUT, WWW, 17, udp(MODEM_OUT, WWW, port, 9, b"ping"), ident=0, ttl=63)
        net.at("modemA:eth0", OUT, data)
    first, second = follow(net.packets())
    assert [packet.ports[0] for packet in first.sightings] == [40000, 40000]
    assert [packet.ports[0] for packet in second.sightings] == [40001, 40001]


def test_a_payload_rewritten_by_a_helper() -> None:
    # nf_nat_ftp writes the modem's address into PORT, which changes the length as well.
    net = Net()
    inside, outside = b"PORT 192,168,1,11,4,1\r\n", b"PORT 10,25,1,65,4,1\r\n"
    net.at("modemA:eth1", IN, ip(H1, WWW, 6, tcp(H1, WWW, 40000, 21, seq=5, payload=inside)))
    data = ip(MODEM_OUT, WWW, 6, tcp(MODEM_OUT, WWW, 40000, 21, seq=5, payload=outside), ttl=63)
    net.at("modemA:eth0", OUT, data)
    (journey,) = follow(net.packets())
    assert journey.damaged is None


def test_a_payload_damaged_on_the_way() -> None:
    net = Net()
    data = ip(H1, ISP, 17, udp(H1, ISP, 40000, 9, b"precious"), ident=77)
    net.at("h1:eth1", OUT, data)
    net.at("isp:eth1", IN, data[:-1] + b"!")
    (journey,) = follow(net.packets())
    assert journey.damaged is journey.last


def test_translation_between_the_versions() -> None:
    net = Net()
    six, prefix = "2001:db8::11", "64:ff9b::a82:104"
    net.at("nat:eth0", IN, ip(six, prefix, 6, tcp(six, prefix, 4000, 80, seq=9, payload=b"hi")))
    out = ip("10.0.0.1", WWW, 6, tcp("10.0.0.1", WWW, 6000, 80, seq=9, payload=b"hi"), ttl=63)
    net.at("nat:eth1", OUT, out)
    (journey,) = follow(net.packets())
    assert journey.rewrites[0].old == "[2001:db8::11]:4000"
    assert journey.rewrites[0].new == "10.0.0.1:6000"


def test_pings_through_nat_may_change_their_identifier() -> None:
    net = Net()
    for point, direction, source, ident, ttl in (
        ("modemA:eth1", IN, H1, 5, 64), ("modemA:eth0", OUT, MODEM_OUT, 9, 63),
    ):  # fmt: skip
        rest = ident.to_bytes(2, "big") + b"\0\1"
        net.at(point, direction, ip(source, WWW, 1, icmp(8, 0, rest, b"time"), ttl=ttl, ident=3))
    assert len(follow(net.packets())) == 1


def test_an_icmp_error_and_the_packet_it_quotes_are_rewritten_together() -> None:
    net = Net()
    for point, direction, ends, inner, ttl in (
        ("modemA:eth0", IN, (ISP, MODEM_OUT), MODEM_OUT, 64),
        ("modemA:eth1", OUT, (ISP, H1), H1, 63),
    ):
        quoted = ip(inner, WWW, 17, udp(inner, WWW, 40000, 33434, b"probe"), ttl=1, ident=9)
        message = icmp(11, 0, bytes(4), quoted)
        net.at(point, direction, ip(*ends, 1, message, ttl=ttl, ident=4))
    assert len(follow(net.packets())) == 1


def test_broadcasts_arrive_more_than_once() -> None:
    net = Net()
    data = ethernet(arp(1, H1, "192.168.1.1"), 0x0806, to=b"\xff" * 6)
    for point, direction in (("h1:eth1", OUT), ("h2:eth1", IN), ("modemA:eth1", IN)):
        net.at(point, direction, data)
    (journey,) = follow(net.packets())
    assert len(journey.sightings) == 3


def test_two_nodes_that_say_the_same_are_not_one_on_the_way() -> None:
    # Multicast listener reports of two neighbours are equal but for the Ethernet sender.
    net = Net()
    report = ip("::", "ff02::16", 58, icmp(143, 0, bytes(4), bytes(20)), ttl=1)
    for point, direction, sender in (
        ("h1:eth1", OUT, MAC_A), ("modemA:eth1", IN, MAC_A), ("modemA:eth1", OUT, MAC_B),
        ("h1:eth1", IN, MAC_B),
    ):  # fmt: skip
        net.at(point, direction, MAC_B + sender + b"\x86\xdd" + report)
    assert [len(journey.sightings) for journey in follow(net.packets())] == [2, 2]


def test_a_bridge_passes_frames_on_unchanged() -> None:
    net = Net()
    data = ethernet(ip(H1, WWW, 17, udp(H1, WWW, 1, 2)))
    for point, direction in (("br:a", IN), ("br:b", OUT)):
        net.at(point, direction, data)
    assert len(follow(net.packets())) == 1


def test_a_copy_made_by_a_link() -> None:
    net = Net()
    net.tcp(True, PSH | ACK, 1, 1, b"data", upto=4)
    net.at("isp:eth1", IN, net.frames[-1].data)
    sent, copy = follow(net.packets())
    assert (sent.duplicate_of, copy.duplicate_of) == (None, 1)


def test_matching_counts_packets_not_sightings() -> None:
    net = Net()
    net.open()
    journeys = follow(net.packets())
    assert len(matching(journeys, Filter("tcp[tcpflags] & tcp-syn != 0"))) == 2
    assert len(matching(journeys, Filter("src host 10.25.1.65"))) == 2
    assert len(matching(journeys, Filter("on modemA:eth1 and src host 10.25.1.65"))) == 0


def test_a_crowd_of_equal_datagrams_does_not_pile_up() -> None:
    net = Net()
    for _ in range(200):
        net.ids["h1"] = -1
        net.udp(True, 9, b"same", upto=2)
        net.wait(1.0)
    journeys = follow(net.packets())
    assert {len(journey.sightings) for journey in journeys} == {2}
    assert decode(net.frames[0]).udp is not None
