"""Forwarding with a node made of paper: its sockets are this computer's."""

from __future__ import annotations

import asyncio
import os
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from netplay.cli import entry, forward
from netplay.errors import HostError, LabError
from netplay.lab.forwarding import Forward, Forwarding


class PaperNode:
    """What of a `Node` forwarding needs."""

    name = "www"
    addresses = (ip_address("127.0.0.3"),)

    def socket(self, family: int = socket.AF_INET) -> socket.socket:
        return socket.socket(family)


def _paper() -> Any:
    return PaperNode()


class GoneNode(PaperNode):
    def socket(self, family: int = socket.AF_INET) -> socket.socket:
        raise LabError("the lab 'playground' is not up; try: netplay up")


def through(
    target: socket.socket | None, data: bytes, node: Any = None, notes: list[str] | None = None
) -> bytes:
    """Sends *data* through a forwarding to *target*, closes that direction, and reads all."""
    said = [] if notes is None else notes
    port = target.getsockname()[1] if target else 1
    forwarding = Forwarding(Forward(("127.0.0.1",), 0, node or _paper(), port), said.append)

    async def talk() -> bytes:
        serving = asyncio.create_task(forwarding.run())
        reader, writer = await asyncio.open_connection("127.0.0.1", forwarding.port)
        writer.write(data)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        serving.cancel()
        return answer

    return asyncio.run(talk())


def echo_at_the_end(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        got = b"".join(iter(lambda: connection.recv(65536), b""))
        connection.sendall(got[::-1])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.0.0.3"])
def test_a_connection_with_half_closing(address: str) -> None:
    """By the loopback of either family, else by an address of the node."""
    import threading

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        thread = threading.Thread(target=echo_at_the_end, args=(server,))
        thread.start()
        data = os.urandom(500_000)
        assert through(server, data) == data[::-1]
        thread.join()


def test_nobody_at_home_closes_the_connection_and_is_said() -> None:
    notes: list[str] = []
    assert through(None, b"x", notes=notes) == b""
    assert notes == ["www:1: [Errno 111] Connect call failed ('127.0.0.3', 1)"]


def test_a_lab_that_has_gone_is_said() -> None:
    notes: list[str] = []
    assert through(None, b"x", node=GoneNode(), notes=notes) == b""
    assert notes == ["www:1: the lab 'playground' is not up; try: netplay up"]


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        forward = Forward(("127.0.0.1",), port, PaperNode(), 80)  # type: ignore[arg-type]
        with pytest.raises(HostError, match=f"port {port} of 127.0.0.1 cannot be used: Address"):
            Forwarding(forward, print)


@pytest.mark.parametrize(
    ("word", "addresses", "port", "target"),
    [
        ("8080:www:80", ("127.0.0.1", "::1"), 8080, 80),
        ("0:www:80", ("127.0.0.1", "::1"), 0, 80),
        ("127.0.0.2:8080:www:80", ("127.0.0.2",), 8080, 80),
        ("[::1]:8080:www:80", ("::1",), 8080, 80),
    ],
)
def test_words(word: str, addresses: tuple[str, ...], port: int, target: int) -> None:
    found = forward._parse(word, {"www": PaperNode()})  # type: ignore[arg-type]
    assert (found.addresses, found.port, found.target) == (addresses, port, target)
    assert found.node.name == "www"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("8080", "'8080' is not [ADDRESS:]PORT:NODE:PORT, as in 8080:www:80"),
        ("8080:www", "'8080:www' is not"),
        ("80800:www:80", "'80800:www:80' is not"),
        ("8080:www:0", "'8080:www:0' is not"),
        ("0.0.0.0:8080:www:80", "0.0.0.0 is not a loopback address: others would reach the lab"),
        ("192.168.1.5:8080:www:80", "192.168.1.5 is not a loopback address"),
        ("here:8080:www:80", "'here' is not an address"),
    ],
)
def test_wrong_words(word: str, said: str) -> None:
    with pytest.raises(entry.UsageError) as caught:
        forward._parse(word, {"www": PaperNode()})  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)
