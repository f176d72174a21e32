"""`lab.capture()` on small labs: what is recorded, where, and what can be asked of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from netplay import Lab, LabError
from netplay.capture import State, read_frames
from netplay.lab.tapping import divided, points_at
from netplay.model import Node, Role, Topology
from tests.plan.networks import home, interface, link

timed = pytest.mark.timeout(60)
lab_test = pytest.mark.lab


@pytest.fixture(scope="module")
def house() -> Iterator[Lab]:
    with Lab(home(), name="capture-home") as lab:
        yield lab


def ping(lab: Lab, target: str = "10.25.1.1", count: int = 1) -> None:
    lab["h1"].run("ping", "-c", str(count), "-i0.05", "-W5", target, check=True)


def names(*where: str) -> list[str]:
    return [point.name for point in points_at(home(), where)]


# ------------------------------------------------------------ places, without a lab


def test_a_place_is_a_link_a_node_an_end_or_a_loopback() -> None:
    everything = ["h1:eth1", "modem:eth0", "modem:eth1", "www:eth0"]
    assert names() == everything
    assert names("modem") == ["modem:eth0", "modem:eth1"]
    assert names("modem:eth0") == ["modem:eth0"]
    assert names("modem www") == ["modem:eth0", "www:eth0"]
    assert names("h1 lan") == ["h1:eth1"]
    assert names("lan") == ["h1:eth1", "modem:eth1"]
    assert names("h1:lo", "h1") == ["h1:lo", "h1:eth1"]


def test_a_place_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(LabError, match=r"no 'modme' in this lab; did you mean 'modem'\?"):
        points_at(home(), ["modme"])
    with pytest.raises(LabError, match=r"modem has no link at 'eth9'"):
        points_at(home(), ["modem:eth9"])
    with pytest.raises(LabError, match="are no neighbours"):
        points_at(home(), ["h1 www"])
    switches = Topology(
        name="switches",
        nodes=(Node(name="s1", role=Role.SWITCH), Node(name="s2", role=Role.SWITCH)),
        links=(link("s1:1", "s2:1"),),
    )
    with pytest.raises(LabError, match="no machine is at 's1 s2'"):
        points_at(switches, ["s1 s2"])


@pytest.mark.parametrize(
    ("words", "where", "text"),
    [
        ([], (), ""),
        (["h1"], ("h1",), ""),
        (["modem", "www"], ("modem www",), ""),
        (["h1", "www"], ("h1", "www"), ""),
        (["modem www", "tcp"], ("modem www",), "tcp"),
        (["h1:lo", "modem", "www", "tcp", "port", "80"], ("h1:lo", "modem", "www"), "tcp port 80"),
        (["host", "www"], (), "host www"),
    ],
)
def test_words_are_places_and_then_a_filter(
    words: list[str], where: tuple[str, ...], text: str
) -> None:
    assert divided(home(), words) == (where, text)


# ------------------------------------------------------------ recording


@lab_test
@timed
def test_a_packet_is_seen_at_every_hop_and_counted_once(house: Lab) -> None:
    with house.capture() as capture:
        ping(house)
        assert house.seen("icmp") == 2  # while it runs
    points = [p.point for p in capture.packets if p.icmp and p.icmp.type == 8]
    assert points == ["h1:eth1", "modem:eth1", "modem:eth0", "www:eth0"]
    times = [packet.time_ns for packet in capture.packets]
    assert times == sorted(times)
    assert capture.missed == {}
    assert house.seen("icmp") == capture.seen("icmp") == 2
    assert house.seen("udp") == 0


@lab_test
@timed
def test_a_filter_chooses_whole_journeys(house: Lab) -> None:
    with house.capture(filter="src host h1 and icmp") as capture:
        ping(house)
    (journey,) = capture.journeys
    assert [rewrite.node for rewrite in journey.rewrites] == ["modem"]
    assert len(capture.packets) == 4  # two of them come from the modem's address
    assert "dropped" not in capture.ladder()


@lab_test
@timed
def test_a_filter_or_place_that_is_wrong_starts_nothing(house: Lab) -> None:
    with pytest.raises(LabError, match="column 6"):
        house.capture(filter="host wwww")
    with pytest.raises(LabError, match="no 'h9' in this lab"), house.capture("h9"):
        pass


@lab_test
@timed
def test_one_link_and_one_loopback(house: Lab) -> None:
    with house.capture("h1 lan", "www:lo", filter="icmp") as capture:
        ping(house)
        house["www"].run("ping", "-c1", "127.0.0.1", check=True)
    assert {packet.point for packet in capture.packets} == {"h1:eth1", "www:lo"}
    assert capture.seen() == 4
    # Where nobody listened, nothing is called lost.
    assert "lost" not in capture.ladder()


@lab_test
@timed
def test_conversations_are_seen_through_nat(house: Lab) -> None:
    with house.capture() as capture:
        with house["www"].socket() as server:
            server.bind(("10.25.1.1", 8080))
            server.listen()
            with house["h1"].socket() as client:
                client.settimeout(5)
                client.connect(("10.25.1.1", 8080))
                peer, _ = server.accept()
                client.sendall(b"hello")
                assert peer.recv(10) == b"hello"
                peer.close()
        found = house.conversation("tcp and dst port 8080")
    assert (str(found.client.address), found.server.port) == ("192.168.1.11", 8080)
    assert found.data(from_client=True) == b"hello"
    (closed,) = capture.conversations
    assert closed.state is State.CLOSED
    with pytest.raises(LabError, match=r"no conversation matches 'udp'; heard: TCP 192\.168"):
        capture.conversation("udp")


@lab_test
@timed
def test_the_ladder_begins_with_who_began(house: Lab) -> None:
    with house.capture():
        house["h1"].run("ip", "neigh", "flush", "dev", "eth1", check=True)
        ping(house)
    head, *lines = house.ladder(80).splitlines()
    assert head.split() == ["ms", "h1", "modem", "www"]
    assert any("ARP who has modem? tell h1" in line for line in lines)
    assert any("modem: source 192.168.1.11 → 10.25.1.65" in line for line in lines)
    assert "packets left out" in house.ladder(80, limit=2) or len(lines) > 5


@lab_test
@timed
def test_a_file_has_every_place_and_the_packets(house: Lab, tmp_path: Path) -> None:
    with house.capture("modem", filter="icmp") as capture:
        ping(house, count=3)
    capture.save(tmp_path / "x.pcapng")
    with open(tmp_path / "x.pcapng", "rb") as file:
        frames = list(read_frames(file))
    assert len(frames) == 12
    assert {frame.point for frame in frames} == {"modem:eth0", "modem:eth1"}
    data = (tmp_path / "x.pcapng").read_bytes()
    assert b"h1:eth1" not in data
    assert ip_address("192.168.1.11").packed + b"h1\0" in data


@lab_test
@timed
def test_the_last_bytes_are_kept(house: Lab) -> None:
    with house.capture(keep=1000, quick=True) as capture:
        ping(house, count=10)
    assert 0 < sum(len(frame.data) for frame in capture.frames) <= 1000
    assert capture.packets[-1].point == "h1:eth1"
    assert capture.seen("icmp[icmptype] == 8 and on h1") < 10


@lab_test
@timed
def test_what_is_lost_on_a_bad_link_is_told(house: Lab) -> None:
    house.fault("modem>www", loss="100%")
    try:
        with house.capture(filter="icmp") as capture:
            house["h1"].run("ping", "-c1", "-W0.2", "10.25.1.1")
    finally:
        house.heal()
    drops = [drop.reason for drop in capture.picture().drops]
    assert drops == ["lost between modem and www"]


@lab_test
@timed
def test_stopping_twice_and_asking_before_anything(house: Lab) -> None:
    with pytest.raises(LabError, match="nothing was recorded yet"):
        Lab(home(), name="never").seen()
    capture = house.capture()
    capture.start()
    capture.stop()
    capture.stop()
    capture.discard()
    assert capture.packets == ()
    assert house.captured is capture


@lab_test
@timed
def test_the_sockets_are_closed_and_the_threads_end(house: Lab) -> None:
    for _ in range(3):
        with house.capture():
            pass
    for thread in threading.enumerate():
        if thread.name.startswith("netplay-capture"):
            thread.join(10)
            assert not thread.is_alive()


@lab_test
@timed
def test_many_packets_through_one_socket() -> None:
    """All links of a lab share one socket; nothing of a burst is lost."""
    pair = Topology(
        name="pair",
        nodes=tuple(
            Node(name=n, interfaces=(interface("eth0", i, f"10.0.0.{i}/24"),))
            for i, n in ((1, "a"), (2, "b"))
        ),
        links=(link("a:eth0", "b:eth0"),),
    )
    with Lab(pair, name="capture-burst") as lab, lab.capture(filter="udp") as capture:
        with lab["b"].socket(type=socket.SOCK_DGRAM) as server:
            server.bind(("10.0.0.2", 9))
            with lab["a"].socket(type=socket.SOCK_DGRAM) as client:
                for number in range(2000):
                    client.sendto(number.to_bytes(4, "big"), ("10.0.0.2", 9))
        assert capture.seen() == 2000
        assert capture.missed == {}
