"""Asks a service its probes until it has answered them all.

Nothing here waits: every question is a non-blocking socket in the keeper's loop, and a
refusal is followed by another try a little later.
"""

from __future__ import annotations

import errno
import os
import re
import selectors
import socket
from collections.abc import Callable

from netplay.keeper.computer import Computer
from netplay.keeper.loop import Loop
from netplay.kernel.network import Network
from netplay.steps import Probe

_AGAIN = 0.015  # seconds between two tries: short beside a daemon's start, long beside a try
_PATIENCE = 1.0  # seconds for one answer: a daemon still busy starting may let a question lie
_KINDS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
}
ANSWERED = "answered"
_MOST = 65536  # bytes of an answer that are looked at


class Probing:
    """One probe on one node; calls *done* with None once answered.

    ``last`` says what was seen at the latest try, for the message when time is up.
    """

    def __init__(
        self,
        loop: Loop,
        network: Network,
        computer: Computer,
        probe: Probe,
        done: Callable[[], None],
    ) -> None:
        self._loop, self._network, self._computer = loop, network, computer
        self.probe = probe
        self._done = done
        self._socket: socket.socket | None = None
        self._answer = b""
        self._pattern = re.compile(probe.expect, re.DOTALL)
        self._timer: object | None = None
        self.last = "not asked yet"
        self._ask()

    def stop(self) -> None:
        """Gives up; *done* will not be called."""
        self._loop.cancel(self._timer)
        self._close()

    def _ask(self) -> None:
        family, kind = _KINDS[self.probe.transport]
        address: tuple[str, int] | str = (self.probe.address, self.probe.port)
        if family == socket.AF_UNIX:
            address = self._computer.path(self.probe.address)
        elif ":" in self.probe.address:
            family = socket.AF_INET6
        self._socket = self._network.socket(
            self._computer.name, family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0
        )
        self._answer = b""
        number = self._socket.connect_ex(address)
        if number not in (0, errno.EINPROGRESS):
            self._retry(os.strerror(number))
            return
        self._timer = self._loop.later(_PATIENCE, lambda: self._retry("no answer"))
        self._loop.watch(self._socket, selectors.EVENT_WRITE, self._connected)

    def _connected(self, _: int) -> None:
        assert self._socket is not None
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._retry(os.strerror(number))
            return
        try:
            if self.probe.send:
                self._socket.send(self.probe.send)
        except OSError as error:
            self._retry(str(error.strerror))
            return
        self._loop.watch(self._socket, selectors.EVENT_READ, self._readable)

    def _readable(self, _: int) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(_MOST)
        except OSError as error:
            self._retry(str(error.strerror))
            return
        self._answer += data
        if self._pattern.match(self._answer):
            self.last = ANSWERED
            self.stop()
            self._done()
        elif not data or len(self._answer) > _MOST:
            self._retry(f"answered {self._answer[:60]!r}")

    def _retry(self, seen: str) -> None:
        self.last = seen
        self._loop.cancel(self._timer)
        self._close()
        self._timer = self._loop.later(_AGAIN, self._ask)

    def _close(self) -> None:
        if self._socket is not None:
            self._loop.forget(self._socket)
            self._socket.close()
            self._socket = None
