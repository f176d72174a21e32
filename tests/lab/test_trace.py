"""Which packets belong to a command, and `lab.trace` on the playground."""

from __future__ import annotations

import socket

import pytest

from netplay import Lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(60)]


def test_a_request_is_traced_through_nat_from_the_name_to_the_close(lab: Lab) -> None:
    with lab.trace("h1") as trace:
        lab["h1"].run("curl", "-4", "-s", "http://www.example.com/", check=True)
    picture = trace.picture()
    lanes = [lane.name for lane in picture.lanes]
    assert lanes == ["h1", "modemA", "isp", "backbone", "example", "www"]
    protocols = {found.protocol for found in trace.conversations}
    assert protocols == {"UDP", "TCP"}
    tcp = next(found for found in trace.conversations if found.protocol == "TCP")
    assert (str(tcp.state), tcp.server.port) == ("closed", 80)
    labels = [row.label for row in picture.rows if hasattr(row, "label")]
    assert any(label.startswith("DNS query A www.example.com") for label in labels)
    assert any(label.startswith("HTTP GET /") for label in labels)
    nat = {rewrite.node for row in picture.rows for rewrite in getattr(row, "rewrites", ())}
    assert nat == {"modemA"}
    assert picture.drops == ()


def test_what_others_do_meanwhile_is_left_out(lab: Lab) -> None:
    with lab.trace("h1") as trace:
        lab["h2"].run("ping", "-4", "-c1", "isp", check=True)
        lab["www"].run("ping", "-4", "-c1", "192.168.1.1")
        lab["h1"].run("ping", "-c1", "10.25.1.1", check=True)
    assert trace.capture.seen("icmp") >= 4
    (found,) = trace.conversations
    assert (str(found.client), str(found.server)) == ("192.168.1.11", "10.25.1.1")


def test_a_connection_that_was_there_before_and_a_daemon_are_left_out(lab: Lab) -> None:
    with lab["h1"]:
        before = socket.create_connection(("10.130.1.4", 80), timeout=5)
    with before, lab.trace("www") as trace:
        before.sendall(b"GET / HTTP/1.0\r\n\r\n")
        before.recv(100)
        lab["h1"].run("curl", "-4", "-s", "-o", "/dev/null", "http://10.130.1.4/", check=True)
    assert trace.conversations == ()


def test_a_server_that_the_command_opens_is_its_own(lab: Lab) -> None:
    with lab.trace("www") as trace:
        with lab["www"]:
            server = socket.create_server(("10.130.1.4", 7007))
        with server, lab["h1"], socket.create_connection(("10.130.1.4", 7007), timeout=5):
            server.accept()[0].close()
    (found,) = trace.conversations
    assert found.server.port == 7007


def test_loopback_is_traced_on_the_node_only(lab: Lab) -> None:
    with lab.trace("mail") as trace:
        lab["www"].run("ping", "-c1", "127.0.0.1", check=True)
        lab["mail"].run("ping", "-c1", "127.0.0.2", check=True)
    assert [str(found.server) for found in trace.conversations] == ["127.0.0.2"]


def test_errors_about_the_packets_come_with_them(lab: Lab) -> None:
    with lab.trace("h1") as trace:
        lab["h1"].run("traceroute", "-4", "-n", "-q1", "-m2", "10.130.1.4", check=True)
    picture = trace.picture()
    assert len(picture.drops) == 2
    assert all("time exceeded" in drop.reason for drop in picture.drops)
    errors = [j for j in trace.journeys if j.first.icmp and j.first.icmp.error]
    assert [journey.first.node for journey in errors] == ["modemA", "isp"]
    assert [lane.name for lane in picture.lanes] == ["h1", "modemA", "isp", "www"]


def test_a_question_that_nobody_answers_is_shown(lab: Lab) -> None:
    with lab.trace("h1") as trace:
        lab["h1"].run("ping", "-c1", "-W0.1", "192.168.1.99")
    assert trace.conversations == ()
    assert [j.first.arp is not None for j in trace.journeys][:1] == [True]


def test_a_slow_close_is_waited_for(lab: Lab) -> None:
    lab.fault("h4", "modemB", delay="30ms")
    try:
        with lab.trace("h4") as trace:
            lab["h4"].run("curl", "-4", "-s", "http://10.130.1.4/", check=True)
    finally:
        lab.heal()
    (found,) = trace.conversations
    assert str(found.state) == "closed"
