"""Starts a keeper and follows it until the lab is up.

Two Pythons start one after the other when a lab does: whoever asks for it, and the keeper. So
the second is started first and imports what it needs while the first still plans; then it is
handed the order.
"""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import netplay
from netplay.errors import HostError, LabError
from netplay.keeper.launch import GO, Launch
from netplay.lab.direct import write_index
from netplay.lab.place import Place
from netplay.model import Topology

Progress = Callable[[str, float], None]
Tap = Callable[[int], None]

# -I and -S: neither the environment nor site-packages are looked at; the keeper needs the
# standard library only, and starts in a third of the time.
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from netplay.keeper.main import main; main(*map(int, sys.argv[2:]))"
)
_FIRST = 3  # the three descriptors handed over are 3, 4 and 5 in the keeper


class Launching:
    """A keeper that is starting and waits for its order.

    Leaving the ``with`` block before `launch` has returned sends it away, and nothing remains.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._ordered = self._up = False
        self._order = os.fdopen(os.memfd_create("launch", os.MFD_CLOEXEC), "w+b")
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, place.prepare() as listener:
            numbers = (self._order.fileno(), listener.fileno(), theirs.fileno())
            self._door = _spawn(place, numbers)

    def __enter__(self) -> Launching:
        return self

    def __exit__(self, *_: object) -> None:
        self._order.close()
        if not self._up:
            # The end of the line is what ends a keeper that is not up yet, also at Ctrl-C.
            _hang_up(self._line, self._place)
        os.waitpid(self._door, 0)
        if not self._ordered:
            self._place.clear()  # else the log may have something to tell

    def launch(
        self,
        order: Launch,
        progress: Progress | None = None,
        *,
        topology: Topology | None = None,
        tap: Tap | None = None,
        ports: Sequence[socket.socket] = (),
    ) -> socket.socket:
        """Brings up the lab that *order* describes and returns the launch line.

        As long as the line is open the keeper of a lab that does not linger lives. Raises
        HostError or LabError with the keeper's reason. The index of *topology* is there before
        the keeper answers, for `direct` and shell completion. *tap* gets the packet socket of an
        order with one; links are made when it returns. *ports* are listening sockets, one for
        each port that the order publishes.
        """
        if topology is not None:
            write_index(topology, self._place.folder)
        pickle.dump(order, self._order, protocol=pickle.HIGHEST_PROTOCOL)
        self._order.flush()
        self._ordered = True
        socket.send_fds(self._line, [GO], [port.fileno() for port in ports])
        _follow(self._line, self._place, progress, tap)
        self._up = True
        return self._line


def _hang_up(line: socket.socket, place: Place) -> None:
    """Tells a keeper that nobody wants it any more, and waits until it is gone."""
    with line:
        line.shutdown(socket.SHUT_WR)
        # It may only now be born: its number must be known before its end can be awaited.
        while data := line.recv(1 << 16):
            message = json.loads(data)
            if "keeper" in message:
                place.keeper = message["keeper"]
    place.await_end()


def _spawn(place: Place, descriptors: Sequence[int]) -> int:
    """Starts the process that becomes the lab's door; returns its pid."""
    # Moved out of the way first: one of them may be 3, 4 or 5 already.
    high = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10) for number in descriptors]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    log = os.open(place.log, flags, 0o600)
    actions: list[Any] = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, log, 1),
        (os.POSIX_SPAWN_DUP2, log, 2),
        *((os.POSIX_SPAWN_DUP2, number, _FIRST + n) for n, number in enumerate(high)),
    ]
    source = str(Path(netplay.__file__).parent.parent)
    numbers = [str(_FIRST + n) for n in range(len(high))]
    argv = [sys.executable, "-I", "-S", "-c", _BOOT, source, *numbers]
    try:
        return os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions)
    finally:
        for number in (*high, log):
            os.close(number)


def _follow(line: socket.socket, place: Place, progress: Progress | None, tap: Tap | None) -> None:
    while True:
        data, descriptors, _, _ = socket.recv_fds(line, 1 << 16, 1, socket.MSG_CMSG_CLOEXEC)
        if not data:
            raise LabError(f"the keeper of '{place.name}' ended without a word; see {place.log}")
        message = json.loads(data)
        if "error" in message:
            raise HostError(message["error"])
        if "keeper" in message:
            place.keeper = message["keeper"]
        if "tap" in message and tap is not None:
            tap(descriptors[0])
            line.send(b"1")
        if "stage" in message and progress:
            progress(message["stage"], message["seconds"])
        if "up" in message:
            verdict = message["up"]
            if not verdict["ready"]:
                raise LabError("not everything came up:\n  " + "\n  ".join(verdict["waiting"]))
            if progress:
                progress("services", message["seconds"])
            return
