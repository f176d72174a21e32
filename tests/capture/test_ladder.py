"""Golden ladders: the same stories as text, ASCII, JSON and SVG."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from netplay.capture import (
    Direction,
    Filter,
    Ladder,
    Lane,
    build,
    follow,
    matching,
    text_lines,
    to_html,
    to_json,
    to_svg,
    to_text,
)
from netplay.capture.ladder import Kind
from tests.capture.packets import (
    ACK,
    H1,
    ISP,
    LANES,
    MODEM_IN,
    MODEM_OUT,
    NAMES,
    PSH,
    RST,
    SYN,
    SYN_OPTIONS,
    WWW,
    Net,
    answer,
    arp,
    client_hello,
    ethernet,
    icmp,
    ip,
    query,
    record,
    server_hello,
    tcp,
    udp,
)

IN, OUT = Direction.IN, Direction.OUT
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ADDRESS = b"\x0a\x82\x01\x04"


def http(net: Net) -> None:
    """Handshake, a page, close; over NAT, with four nodes."""
    net.open()
    net.tcp(True, PSH | ACK, 1, 1, REQUEST)
    net.tcp(False, ACK, 1, 1 + len(REQUEST))
    net.tcp(False, PSH | ACK, 1, 1 + len(REQUEST), RESPONSE)
    net.tcp(True, ACK, 1 + len(REQUEST), 1 + len(RESPONSE))
    net.close(1 + len(REQUEST), 1 + len(RESPONSE))


def loss(net: Net) -> None:
    """A segment is lost between isp and www, and sent again."""
    net.open()
    net.tcp(True, PSH | ACK, 1, 1, b"x" * 1000, upto=5)
    net.wait(0.2)
    net.tcp(True, PSH | ACK, 1, 1, b"x" * 1000)
    net.tcp(False, ACK, 1, 1001)


def refused(net: Net) -> None:
    """Nobody listens at port 81."""
    net.tcp(True, SYN, 0, 0, options=SYN_OPTIONS, dport=81)
    net.tcp(False, RST | ACK, -900_000, 1, dport=81, window=0)


def dns(net: Net) -> None:
    """A question, its answer, and one that has none."""
    net.udp(True, 53, query("www.example.com"))
    net.udp(False, 53, answer("www.example.com", [(1, ADDRESS)]))
    net.udp(True, 53, query("nowhere.example.com", 28))
    net.udp(False, 53, answer("nowhere.example.com", [], 28, 0x8583))


def tls(net: Net) -> None:
    """The two hellos, data, and an alert."""
    hello = client_hello("www.example.com")
    reply = server_hello() + record(20, b"\x01") + record(23, bytes(1200))
    net.open(443)
    net.tcp(True, PSH | ACK, 1, 1, hello, dport=443)
    net.tcp(False, PSH | ACK, 1, 1 + len(hello), reply, dport=443)
    net.tcp(True, PSH | ACK, 1 + len(hello), 1 + len(reply), record(21, b"\x02\x30"), dport=443)


def dropped(net: Net) -> None:
    """A filter without a word, a TTL that runs out, damage on the way, a copy; ARP first."""
    net.at("h1:eth1", OUT, ethernet(arp(1, H1, MODEM_IN), 0x0806, to=b"\xff" * 6))
    net.at("modemA:eth1", IN, net.frames[-1].data)
    net.tcp(True, SYN, 0, 0, options=SYN_OPTIONS, upto=4)
    net.udp(True, 33434, b"probe", upto=4, ttl=2)
    lost = net.packets()[-1]
    error = icmp(11, 0, bytes(4), lost.frame.data[14:])
    for point, way, to, ttl in (
        ("isp:eth1", OUT, MODEM_OUT, 64),
        ("modemA:eth0", IN, MODEM_OUT, 64),
    ):
        net.at(point, way, ip(ISP, to, 1, error, ttl=ttl, ident=9))
    net.udp(True, 9, b"precious", upto=5)
    broken = bytearray(net.frames[-1].data)
    broken[-1] ^= 1
    net.at("www:eth0", IN, bytes(broken))
    net.udp(True, 9, b"once", upto=4)
    net.at("isp:eth1", IN, net.frames[-1].data)


STORIES: dict[str, Callable[[Net], None]] = {
    story.__name__: story for story in (http, loss, refused, dns, tls, dropped)
}


def told(story: str, **options: object) -> Ladder:
    net = Net()
    STORIES[story](net)
    return build(follow(net.packets()), LANES, names=NAMES, title=story, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("story", STORIES)
def test_text(story: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{story}.txt", to_text(told(story), 100))


@pytest.mark.parametrize("story", STORIES)
def test_svg(story: str, golden: Callable[[str, str], None]) -> None:
    picture = to_svg(told(story))
    ElementTree.fromstring(picture.encode())
    golden(f"{story}.svg", picture)


def test_ascii_and_narrow(golden: Callable[[str, str], None]) -> None:
    drawn = to_text(told("dropped"), 80, ascii=True)
    assert drawn.isascii()
    golden("dropped-80-ascii.txt", drawn)


def test_json(golden: Callable[[str, str], None]) -> None:
    golden("loss.json", json.dumps(to_json(told("loss")), indent=1) + "\n")


@pytest.mark.parametrize("width", [10, 40, 80, 100, 137, 200])
@pytest.mark.parametrize("story", STORIES)
def test_no_line_is_wider_than_asked(story: str, width: int) -> None:
    lines = to_text(told(story), width).splitlines()
    assert max(map(len, lines)) <= max(width, 40)


def test_what_the_model_says_about_a_loss() -> None:
    ladder = told("loss")
    (drop,) = ladder.drops
    assert (drop.lane, drop.toward, drop.reason) == (2, 3, "lost between isp and www")
    lost, again = ladder.rows[3:5]
    assert [hop.lost for hop in lost.hops] == [False, False, True]
    assert [hop.ttl for hop in again.hops] == [64, 63, 62]
    assert again.repeated
    assert (again.kind, again.notes) == (Kind.DATA, ("retransmission",))


def test_why_packets_were_dropped() -> None:
    reasons = [drop.reason for drop in told("dropped").drops]
    assert reasons == [
        "dropped in isp, which does not say why (filter or route)",
        "dropped in isp, which answers: time exceeded in transit",
        "arrives damaged; www discards it",
        "dropped in isp, which does not say why (filter or route)",
        "dropped in isp, which does not say why (filter or route)",
    ]


def test_nothing_is_called_dropped_where_the_recorder_missed_packets() -> None:
    ladder = told("loss", missed={"www:eth0": 3})
    assert ladder.drops == ()
    assert ladder.rows[3].notes == ("not seen again, but the recording missed packets at www",)
    assert told("dropped", missed={"isp:eth0": 1}).drops[0].reason.startswith("arrives damaged")


def test_a_node_that_was_not_listened_to_loses_nothing() -> None:
    net = Net()
    loss(net)
    lanes = [*LANES[:3], Lane(name="www", addresses=LANES[3].addresses)]
    ladder = build(follow(net.packets()), lanes)
    assert ladder.drops == ()
    assert ladder.rows[3].hops[-1].arrives is None
    assert not ladder.rows[3].hops[-1].lost


def test_two_points_are_enough() -> None:
    net = Net()
    loss(net)
    packets = [p for p in net.packets() if p.point in ("h1:eth1", "www:eth0")]
    ladder = build(follow(packets), [LANES[0], LANES[3]])
    assert [drop.reason for drop in ladder.drops] == ["lost between h1 and www"]
    assert [(hop.origin, hop.target) for hop in ladder.rows[0].hops] == [(0, 1)]


def test_frames_for_others_on_a_shared_link_are_left_out() -> None:
    net = Net()
    data = ethernet(ip(H1, WWW, 17, udp(H1, WWW, 1, 2)))
    for point, way in (("h1:eth1", OUT), ("h2:eth1", IN), ("modemA:eth1", IN)):
        net.at(point, way, data)
    lanes = [
        Lane(name="h1", points=("h1:eth1",), macs=("02:00:00:00:00:01",)),
        Lane(name="h2", points=("h2:eth1",), macs=("02:00:00:00:00:09",)),
        Lane(name="modemA", points=("modemA:eth1",), macs=("02:00:00:00:00:02",)),
    ]
    (row,) = build(follow(net.packets()), lanes).rows
    assert [(hop.origin, hop.target) for hop in row.hops] == [(0, 2)]


def test_a_packet_to_oneself_is_a_loop() -> None:
    net = Net()
    net.at("h1:lo", IN, ip(H1, H1, 6, tcp(H1, H1, 4000, 80, flags=SYN)))
    ladder = build(follow(net.packets()), LANES)
    assert [(hop.origin, hop.target) for hop in ladder.rows[0].hops] == [(0, 0)]
    assert "↺" in to_text(ladder)
    assert "h26v9" in to_svg(ladder)


def test_a_packet_seen_once_is_a_dot() -> None:
    net = Net()
    net.tcp(True, SYN, 0, 0)
    seen = [packet for packet in net.packets() if packet.point == "isp:eth1"]
    ladder = build(follow(seen), LANES[2:3])
    assert (ladder.rows[0].hops, ladder.rows[0].lane) == ((), 0)
    assert "●" in to_text(ladder)
    assert "<circle" in to_svg(ladder)


def test_a_broadcast_has_an_arrow_to_everyone() -> None:
    net = Net()
    data = ethernet(arp(1, ISP, WWW), 0x0806, to=b"\xff" * 6)
    for point, way in (("isp:eth0", OUT), ("www:eth0", IN), ("modemA:eth0", IN), ("h1:eth1", IN)):
        net.at(point, way, data)
    ladder = build(follow(net.packets()), LANES, names=NAMES)
    assert [(hop.origin, hop.target) for hop in ladder.rows[0].hops] == [(2, 3), (2, 1), (2, 0)]
    assert ladder.drops == ()
    assert to_text(ladder).count("▶") == 1
    assert to_text(ladder).count("◀") == 2


def test_a_limit_keeps_both_ends() -> None:
    ladder = told("http", limit=4)
    assert [getattr(row, "number", None) for row in ladder.rows] == [1, 2, None, 9, 10]
    assert "… 6 more packets" in to_text(ladder)
    assert "… 6 more packets" in to_svg(ladder)
    assert to_json(ladder)["rows"][2] == {"kind": "gap", "count": 6}  # type: ignore[index]


def test_only_what_a_filter_finds() -> None:
    net = Net()
    http(net)
    dns(net)
    ladder = build(matching(follow(net.packets()), Filter("port 53")), LANES)
    assert {row.kind for row in ladder.rows} == {Kind.DNS}


def test_nothing_to_draw() -> None:
    empty = build((), ())
    assert to_text(empty) == "no nodes to draw\n"
    assert to_json(empty)["rows"] == []
    ElementTree.fromstring(to_svg(empty).encode())
    assert to_text(build((), LANES)).count("\n") == 2


def test_lines_say_what_to_colour_them_by() -> None:
    kinds = [kind for kind, _ in text_lines(told("loss"))]
    assert kinds[:4] == ["frame", "frame", "open", "open"]
    assert {"nat", "lost", "again", "data", "ack"} <= set(kinds)


def test_the_page_is_one_file_and_can_be_read_without_seeing() -> None:
    page = to_html(told("loss"))
    assert not re.search(r"<script|<link|<img|src=|url\(|@import", page)
    assert set(re.findall(r"https?://[^\"]*", page)) == {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme:dark" in page
    assert "The same as text" in page
    rows = re.findall(r'role="listitem" tabindex="0" aria-label="([^"]*)"', page)
    assert rows[3] == (
        "1.800 ms, h1:40000 to www:80, PSH, ACK seq 1 ack 1 (1000 bytes), "
        "✗ lost between isp and www"
    )


def test_two_pictures_in_a_page_keep_their_ids_apart() -> None:
    ladder = told("refused")
    one, other = to_svg(ladder, "a"), to_svg(ladder, "b")
    ids = [set(re.findall(r'id="(\w+)"', picture)) for picture in (one, other)]
    assert not ids[0] & ids[1]
    # Every rule of the style sheet holds inside the picture only, but for the cards' own.
    style = re.search(r"<style>(.*?)</style>", one)[1]  # type: ignore[index]
    selectors = re.findall(r"(?:^|[}{,])([.#][^{},]+)(?=[{,])", style)
    assert all(selector.startswith((".ladder", "#a")) for selector in selectors)
