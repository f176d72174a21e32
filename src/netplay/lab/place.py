"""The folder of a lab in the run directory: its control socket, its log, its lock.

The folder belongs to the person who started the lab and nobody else can look into it. A folder
without a keeper that answers is left from one that was killed; the next `up` clears it.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from netplay.errors import LabError, NoSuchLab
from netplay.lab.connecting import connect
from netplay.paths import lab_run_directory, run_directory

TYPE_CHECKING = False  # these cost imports; type checkers know the names
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

# It becomes a folder and part of a socket's path, which may be 107 bytes long (unix(7)).
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")

_LAST_BREATH = 10.0  # seconds until a keeper that should end is given up on


class Place:
    """Where the lab called *name* is found. Making one touches nothing."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise LabError(
                f"{name!r} is not a name for a lab: use up to 40 letters, digits, '-', '_' or '.'"
            )
        self.name = name
        self.path = lab_run_directory(name)
        self.log = f"{self.path}/keeper.log"
        self._control = f"{self.path}/control"
        self._pid = f"{self.path}/keeper.pid"

    @property
    def folder(self) -> Path:
        """The folder at ``path``."""
        from pathlib import Path

        return Path(self.path)

    def connect(self) -> socket.socket:
        """A line to the keeper; `NoSuchLab` if there is none."""
        return connect(self._control, self.name)

    def is_up(self) -> bool:
        """Whether a keeper answers."""
        try:
            self.connect().close()
        except NoSuchLab:
            return False
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time may bring this lab up or down; a second waits for the first."""
        parent = run_directory()
        os.makedirs(parent, mode=0o700, exist_ok=True)
        file = f"{parent}/.{self.name}.lock"
        descriptor = _lock(file)
        try:
            yield
        finally:
            if not os.path.exists(self.path):
                os.unlink(file)  # whoever waits for this very file then looks for the next one
            os.close(descriptor)

    def prepare(self) -> socket.socket:
        """Clears what a killed lab has left and returns a new listening socket."""
        self.clear()
        os.makedirs(self.path, mode=0o700)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = os.umask(0o177)
        try:
            listener.bind(self._control)
        finally:
            os.umask(before)
        listener.listen(128)
        return listener

    def take_down(self) -> bool:
        """Ends the lab and waits until nothing of it is left; False if it was not up."""
        with self.locked():
            up = self.is_up()
            if up:
                from netplay.keeper import protocol

                with self.connect() as line:
                    protocol.send(line, {"op": "down"})
                    protocol.receive(line)
                self.await_end()
            self.clear()
        return up

    def await_end(self) -> None:
        """Waits until the keeper, and so everything of its lab, is gone."""
        try:
            keeper = os.pidfd_open(self.keeper)
        except (NoSuchLab, ProcessLookupError):
            return
        try:
            poll = select.poll()  # select() itself knows no descriptor above 1023
            poll.register(keeper, select.POLLIN)
            if not poll.poll(_LAST_BREATH * 1000):
                raise LabError(f"the lab '{self.name}' did not end in {_LAST_BREATH:.0f} s")
        finally:
            os.close(keeper)

    def clear(self) -> None:
        """Removes the folder of a lab that is not up."""
        if os.path.exists(self.path):
            import shutil  # with the compressors it knows it takes 3 ms

            shutil.rmtree(self.path)

    @property
    def keeper(self) -> int:
        """The process that owns the lab, as the computer numbers it."""
        try:
            with open(self._pid, encoding="ascii") as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):  # not there yet, or nothing in it yet
            raise NoSuchLab(f"the lab '{self.name}' is only just starting") from None

    @keeper.setter
    def keeper(self, pid: int) -> None:
        with open(self._pid, "w", encoding="ascii") as file:
            file.write(f"{pid}\n")


def _lock(file: str) -> int:
    """A descriptor of *file*, locked, and of the file that has that name now."""
    while True:
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def places() -> Iterator[Place]:
    """All labs of this person that are up."""
    parent = run_directory()
    if os.path.isdir(parent):
        for name in sorted(os.listdir(parent)):
            if _NAME.fullmatch(name) and os.path.isdir(f"{parent}/{name}"):
                place = Place(name)
                if place.is_up():
                    yield place


def ask(line: socket.socket, request: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """Sends one request on *line*; returns the answer and the descriptors beside it."""
    from netplay.keeper import protocol  # and json: whoever starts a keeper does not wait for it

    with line:
        try:
            protocol.send(line, request)
            answer, descriptors = protocol.receive(line)
        except OSError:  # reset: the keeper ended with the request unread
            answer, descriptors = None, []
    if answer is None:
        raise LabError("the lab ended before it answered")
    if "error" in answer:
        raise LabError(answer["error"])
    return answer, descriptors
