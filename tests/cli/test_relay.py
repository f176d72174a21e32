"""The terminal relay with a keeper made of paper: two terminals, and what passes between them."""

from __future__ import annotations

import os
import select
import signal
import socket
import termios
import threading
import tty
from collections.abc import Iterator

import pytest

from netplay.errors import LabError
from netplay.keeper import protocol
from netplay.lab import terminal

from .terminals import set_size


class Scene:
    """A person's terminal (``person`` is their side) and a program's (``slave`` is its side)."""

    def __init__(self) -> None:
        self.person, self.tty = os.openpty()
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.keeper, self.line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        set_size(self.tty, 24, 80)
        self.before = termios.tcgetattr(self.tty)

    def relay(self) -> int:
        return terminal.relay(lambda: (self.line, self.master), self.tty, self.tty)

    def end(self, code: int) -> None:
        protocol.send(self.keeper, {"exit": code})

    def hang_up(self) -> None:
        os.close(self.slave)
        self.slave = -1

    def seen(self) -> bytes:
        found = b""
        while select.select([self.person], [], [], 0)[0]:
            found += os.read(self.person, 65536)
        return found

    def close(self) -> None:
        for descriptor in (self.person, self.tty, self.slave):
            if descriptor >= 0:
                os.close(descriptor)
        self.keeper.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.close()


def test_keys_arrive_as_bytes_and_the_screen_shows_what_is_written(scene: Scene) -> None:
    heard = []

    def program() -> None:
        while termios.tcgetattr(scene.tty)[3] & termios.ICANON:
            os.sched_yield()  # a person waits for the prompt as well
        os.write(scene.person, b"\x03\x1a\x04\r\xff")
        heard.append(os.read(scene.slave, 100))
        os.write(scene.slave, b"\x1b[31manswer\x00\xff")
        scene.end(5)
        scene.hang_up()

    thread = threading.Thread(target=program)
    thread.start()
    assert scene.relay() == 5
    thread.join()
    assert heard == [b"\x03\x1a\x04\r\xff"]
    assert scene.seen() == b"\x1b[31manswer\x00\xff"


def test_the_terminal_is_raw_meanwhile_and_set_back_after(scene: Scene) -> None:
    def program() -> None:
        os.read(scene.slave, 1)
        meanwhile.extend(termios.tcgetattr(scene.tty))
        scene.end(0)
        scene.hang_up()

    meanwhile: list[object] = []
    thread = threading.Thread(target=program)
    thread.start()
    os.write(scene.person, b"x\n")
    assert scene.relay() == 0
    thread.join()
    assert not meanwhile[3] & termios.ICANON  # type: ignore[operator]
    assert not meanwhile[3] & termios.ECHO  # type: ignore[operator]
    assert termios.tcgetattr(scene.tty) == scene.before


def test_the_program_s_terminal_gets_the_size(scene: Scene) -> None:
    set_size(scene.tty, 33, 101)

    def program() -> None:
        while terminal.window_size(scene.slave) != (33, 101):
            os.sched_yield()
        set_size(scene.tty, 20, 50)
        os.kill(os.getpid(), signal.SIGWINCH)
        while terminal.window_size(scene.slave) != (20, 50):
            os.sched_yield()
        scene.end(0)
        scene.hang_up()

    thread = threading.Thread(target=program)
    thread.start()
    assert scene.relay() == 0
    thread.join()


def test_everything_is_shown_before_the_end(scene: Scene) -> None:
    text = b"".join(b"%06d\n" % number for number in range(30_000))
    seen = bytearray()

    def program() -> None:
        left = memoryview(text)
        while left:
            left = left[os.write(scene.slave, left) :]
        scene.end(0)  # before the terminal is closed, and perhaps before all was read
        scene.hang_up()

    def person() -> None:
        while not seen.endswith(b"that was all"):
            seen.extend(os.read(scene.person, 65536))

    threads = [threading.Thread(target=program), threading.Thread(target=person)]
    for thread in threads:
        thread.start()
    assert scene.relay() == 0
    os.write(scene.tty, b"that was all")
    for thread in threads:
        thread.join()
    assert bytes(seen).replace(b"\r\n", b"\n") == text + b"that was all"


def test_a_background_process_does_not_hold_the_end_up(scene: Scene) -> None:
    os.write(scene.slave, b"last words")
    scene.end(0)  # and the slave side stays open
    assert scene.relay() == 0
    assert b"last words" in scene.seen()


def test_a_keeper_that_ends_is_an_error_and_the_terminal_is_set_back(scene: Scene) -> None:
    scene.keeper.close()
    with pytest.raises(LabError):
        scene.relay()
    assert termios.tcgetattr(scene.tty) == scene.before


def test_a_program_that_does_not_go_is_left(scene: Scene) -> None:
    def program() -> None:
        message, _ = protocol.receive(scene.keeper)
        heard.append(message)

    heard: list[object] = []
    thread = threading.Thread(target=program)
    thread.start()
    begun = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
    begun.start()
    assert scene.relay() == 128 + signal.SIGTERM
    thread.join()
    assert heard == [{"signal": signal.SIGTERM}]
    assert termios.tcgetattr(scene.tty) == scene.before
