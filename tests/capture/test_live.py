"""One line per packet."""

from __future__ import annotations

from ipaddress import ip_address

from netplay.capture import Direction, Frame, Live, Names, decode
from tests.capture.packets import (
    ACK,
    H1,
    NAMES,
    PSH,
    RST,
    START,
    SYN,
    WWW,
    Net,
    arp,
    ethernet,
    frame,
    ip,
    packet,
    tcp,
    udp,
)


def lines(net: Net, point: str = "h1:eth1", names: Names = NAMES) -> list[str]:
    live = Live(names)
    return [str(live.line(found)) for found in net.packets() if found.point == point]


def test_names_instead_of_addresses_and_numbers_from_the_syn() -> None:
    net = Net()
    net.open()
    net.tcp(True, PSH | ACK, 1, 1, b"GET / HTTP/1.1\r\n\r\n")
    net.tcp(True, PSH | ACK, 1, 1, b"GET / HTTP/1.1\r\n\r\n")
    assert lines(net) == [
        "  0.000000 h1:eth1 out h1:40000 > www:80  TCP SYN seq 0",
        "  0.001100 h1:eth1 in  www:80 > h1:40000  TCP SYN, ACK seq 0 ack 1",
        "  0.001200 h1:eth1 out h1:40000 > www:80  TCP ACK seq 1 ack 1",
        "  0.001800 h1:eth1 out h1:40000 > www:80  HTTP GET / HTTP/1.1",
        "  0.002400 h1:eth1 out h1:40000 > www:80  HTTP GET / HTTP/1.1 [retransmission]",
    ]


def test_the_same_address_is_somebody_else_elsewhere() -> None:
    gateway = ip_address("192.168.1.1")
    names = Names({}, {"h1:eth1": {gateway: "modemA"}, "h4:eth1": {gateway: "modemB"}})
    data = ethernet(arp(2, "192.168.1.1", "192.168.1.11"), 0x0806)
    said = [
        Live(names).line(decode(frame(data, point=point))).spans
        for point in ("h1:eth1", "h4:eth1", "x:y")
    ]
    infos = [next(span.text for span in spans if span.style == "info") for spans in said]
    assert infos == [f"{name} is at 02:00:00:00:00:01" for name in ("modemA", "modemB", gateway)]


def test_notes_warnings_and_comments() -> None:
    data = bytearray(ethernet(ip(H1, WWW, 17, udp(H1, WWW, 1, 2, b"abc"))))
    data[-1] ^= 1
    found = decode(Frame(START, bytes(data), comment="dropped\x1b"))
    line = Live().line(found)
    assert str(line).endswith(r"UDP 3 bytes [bad UDP checksum] # dropped\x1b")
    assert [s.style for s in line.spans if s.text.strip()] == [
        "time", "end", "", "end", "protocol", "info", "warning", "note"
    ]  # fmt: skip


def test_everyone_and_the_time_of_day() -> None:
    data = ethernet(arp(1, H1, "192.168.1.1"), 0x0806, to=b"\xff" * 6)
    line = str(Live(NAMES, clock=True).line(decode(frame(data, point="h1:eth1"))))
    assert line.endswith("h1 > everyone  ARP who has modemA? tell h1")
    assert line[2] == line[5] == ":"


def test_a_record_for_programs() -> None:
    net = Net()
    net.tcp(True, SYN, 0, 0)
    assert Live(NAMES).record(net.packets()[0]) == {
        "schema": 1, "frame": 1, "time": START / 1e9, "point": "h1:eth1", "direction": "out",
        "source": "h1:40000", "destination": "www:80", "protocol": "TCP", "info": "SYN seq 0",
        "length": 54, "ttl": 64, "notes": [], "warnings": [], "comment": "",
    }  # fmt: skip


def test_another_connection_on_the_same_ports_is_counted_anew() -> None:
    live = Live()
    infos = []
    for flags, seq in ((SYN, 5), (RST, 6), (SYN, 999)):
        found = packet(ip(H1, WWW, 6, tcp(H1, WWW, 4000, 80, seq=seq, flags=flags)))
        infos.append(live.record(found)["info"])
    assert infos == ["SYN seq 0", "RST", "SYN seq 0"]


def test_only_the_latest_connections_are_remembered() -> None:
    live = Live(connections=20)
    for port in range(30):
        live.record(packet(ip(H1, WWW, 6, tcp(H1, WWW, port, 80, seq=5, flags=SYN))))
    again = packet(ip(H1, WWW, 6, tcp(H1, WWW, 29, 80, seq=5, flags=SYN)))
    forgotten = packet(ip(H1, WWW, 6, tcp(H1, WWW, 0, 80, seq=5, flags=SYN)))
    assert live.record(again)["notes"] == ["retransmission"]
    assert live.record(forgotten)["notes"] == []


def test_directions_are_told() -> None:
    data = ethernet(ip(H1, WWW, 17, udp(H1, WWW, 1, 2)))
    for direction, word in ((Direction.IN, " in  "), (Direction.UNKNOWN, "     ")):
        line = Live().line(decode(Frame(1, data, "p", direction)))
        assert f"p{word}" in str(line)
