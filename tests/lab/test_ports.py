"""Ports of the computer that a topology leads to its nodes."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import HostError, Lab, Network
from netplay.keeper.launch import MOST_PORTS

pytestmark = pytest.mark.lab

ECHO = """
import socket, sys
server = socket.create_server((sys.argv[1], 7), family=int(sys.argv[2]), backlog=64)
while True:
    call, _ = server.accept()
    with call:
        text = b""
        while data := call.recv(65536):
            text += data
        call.sendall(text[::-1])
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def network(*ports: str) -> Network:
    net = Network("ports")
    net.link(net.host("a", ports=ports), net.host("b"))
    return net


def ask(port: int, text: bytes, address: str = "127.0.0.1") -> bytes:
    with socket.create_connection((address, port), timeout=10) as client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(65536):
            answer += data
    return answer


@pytest.fixture(scope="module")
def up() -> Iterator[tuple[Lab, int]]:
    port = free_port()
    with (
        Lab(network(f"{port}:7", f"127.0.0.2:{port}:8")) as lab,
        lab["a"].start("python3", "-c", ECHO, "127.0.0.1", "2"),
    ):
        lab["a"].wait_listening(7)
        yield lab, port


def test_a_port_leads_to_the_node_s_loopback(up: tuple[Lab, int]) -> None:
    _, port = up
    assert ask(port, b"stressed") == b"desserts"


def test_each_direction_ends_by_itself_and_nothing_is_lost(up: tuple[Lab, int]) -> None:
    _, port = up
    text = os.urandom(3_000_000)
    assert ask(port, text) == text[::-1]


def test_many_at_once(up: tuple[Lab, int]) -> None:
    _, port = up
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(ask(port, b"%d" % n)))
        for n in range(10, 60)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer[::-1] for answer in answers) == [b"%d" % n for n in range(10, 60)]


def test_where_nobody_listens_the_call_is_ended(up: tuple[Lab, int]) -> None:
    lab, port = up
    assert ask(port, b"", "127.0.0.2") == b""
    assert "a:8: Connection refused" in Path(lab.place.log).read_text()


def test_it_still_leads_there_after_a_reset() -> None:
    port = free_port()
    with Lab(network(f"{port}:7"), name="ports-reset") as lab:
        lab.reset("a")
        address = str(lab["a"].addresses[0])
        with lab["a"].start("python3", "-c", ECHO, address, "2"):  # not on the loopback
            lab["a"].wait_listening(7)
            assert ask(port, b"live") == b"evil"


def test_ipv6() -> None:
    port = free_port()
    with (
        Lab(network(f"[::1]:{port}:7"), name="ports-six") as lab,
        lab["a"].start("python3", "-c", ECHO, "::1", str(int(socket.AF_INET6))),
    ):
        lab["a"].wait_listening(7)
        assert ask(port, b"on", "::1") == b"no"


def test_a_port_that_is_taken_is_told_and_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        lab = Lab(network(f"{port}:7"), name="ports-taken")
        with pytest.raises(HostError, match=rf"port {port} of 127.0.0.1 cannot be used: Address"):
            lab.up()
    assert not lab.place.is_up()
    with lab:  # and now it is free
        pass


def test_more_ports_than_can_be_handed_over_are_refused() -> None:
    lab = Lab(network(f"20000-{20000 + MOST_PORTS}:20000-{20000 + MOST_PORTS}"), name="ports-many")
    with pytest.raises(HostError, match="254 ports cannot be published; 253 are the most"):
        lab.up()


@pytest.mark.parametrize("end", ["down", "kill -9"])
def test_the_port_goes_with_the_lab(end: str) -> None:
    port = free_port()
    lab = Lab(network(f"{port}:7"), name="ports-end")
    lab.up(linger=False)
    socket.create_connection(("127.0.0.1", port)).close()
    if end == "down":
        lab.down()
    else:
        os.kill(lab.place.keeper, signal.SIGKILL)
        lab.place.await_end()
        lab.down()
    with socket.create_server(("127.0.0.1", port)):
        pass
