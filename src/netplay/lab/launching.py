"""Starts a keeper and follows it until the lab is up.

Two Pythons start one after the other when a lab does: whoever asks for it, and the keeper. So
the second is started first, and what can be imported or done while it imports what it needs is
imported or done then: the network is made by a third process (see `keeper.fitter`), the files and
services are planned. Then the keeper is handed its order.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress

import netplay
from netplay.errors import HostError, LabError
from netplay.keeper.launch import GO, Launch
from netplay.lab.place import Place

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

    from netplay.model import Topology
    from netplay.steps import NetworkStep

Progress = Callable[[str, float], None]
Tap = Callable[[int], None]

# -I and -S: neither the environment nor site-packages are looked at; the keeper needs the
# standard library only, and starts in a third of the time. What is imported is not garbage: the
# keeper switches the collector on when it is up.
_BOOT = (
    "import gc, sys; gc.disable(); sys.path.insert(0, sys.argv[1]);"
    "from netplay.keeper.main import main; main(*map(int, sys.argv[2:]))"
)
_FIRST = 3  # the descriptors handed over are 3, 4, 5 and 6 in the keeper


class Launching:
    """A keeper that is starting and waits for its order.

    Leaving the ``with`` block before `launch` has returned sends it away, and nothing remains.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._ordered = self._up = False
        self._begun = 0.0
        self._order = os.fdopen(os.memfd_create("launch", os.MFD_CLOEXEC), "w+b")
        self._line, theirs = _pair()
        self._fitters, fitting = _pair()  # the fitter's end, and the keeper's
        self._tap: socket.socket | None = None
        with theirs, fitting, place.prepare() as listener:
            numbers = (file.fileno() for file in (self._order, listener, theirs, fitting))
            self._children = [_spawn(place, tuple(numbers))]

    def __enter__(self) -> Launching:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._order, self._fitters, self._tap):
            if file is not None:
                file.close()
        if not self._up:
            # The end of the line is what ends a keeper that is not up yet, also at Ctrl-C.
            _hang_up(self._line, self._place)
        for child in self._children:
            os.waitpid(child, 0)
        if not self._ordered:
            self._place.clear()  # else the log may have something to tell

    def fit(self, steps: Sequence[NetworkStep], *, tap: bool = False) -> list[NetworkStep]:
        """Has the network made by *steps*, while the keeper starts and the rest is planned.

        Returns those that belong in the keeper's order. With *tap*, `launch` has to be given one.
        """
        from netplay.keeper import fitter  # ctypes and all; the keeper starts meanwhile

        self._begun = time.monotonic()
        recorder = None
        if tap:
            self._tap, recorder = _pair()
        now = [step for step in steps if isinstance(step, fitter.STEPS)]
        with self._fitters, recorder or nullcontext():
            self._children.append(fitter.start(now, self._fitters, recorder))
        return [step for step in steps if not isinstance(step, fitter.STEPS)]

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
        the keeper answers, for `direct` and shell completion. *tap* gets the packet socket of a
        lab that was fitted with one; links are made when it returns. *ports* are listening sockets,
        one for each port that the order publishes.
        """
        import pickle

        from netplay.lab.direct import write_index

        if topology is not None:
            write_index(topology, self._place.path)
        pickle.dump(order, self._order, protocol=pickle.HIGHEST_PROTOCOL)
        self._order.flush()
        self._ordered = True
        socket.send_fds(self._line, [GO], [port.fileno() for port in ports])
        if tap is not None and self._tap is not None:
            _hand_over(self._tap, tap)
        import netplay.lab.node  # noqa: F401  # now that there is time: it is wanted next

        _follow(self._line, self._place, self._begun, progress)
        self._up = True
        return self._line


def _hand_over(fitter: socket.socket, tap: Tap) -> None:
    from netplay.keeper import protocol

    _, descriptors = protocol.receive(fitter)
    if descriptors:
        tap(descriptors[0])
    with suppress(BrokenPipeError):  # it has failed, and the keeper says why
        fitter.send(b"1")


def _hang_up(line: socket.socket, place: Place) -> None:
    """Tells a keeper that nobody wants it any more, and waits until it is gone."""
    import json

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
    source = os.path.dirname(os.path.dirname(netplay.__file__))
    numbers = [str(_FIRST + n) for n in range(len(high))]
    argv = [sys.executable, "-I", "-S", "-c", _BOOT, source, *numbers]
    try:
        return os.posix_spawn(sys.executable, argv, os.environ, file_actions=actions)
    finally:
        for number in (*high, log):
            os.close(number)


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _follow(line: socket.socket, place: Place, begun: float, progress: Progress | None) -> None:
    import json

    while True:
        data = line.recv(1 << 16)
        if not data:
            raise LabError(f"the keeper of '{place.name}' ended without a word; see {place.log}")
        message = json.loads(data)
        if "error" in message:
            raise HostError(message["error"])
        if "keeper" in message:
            place.keeper = message["keeper"]
        if "stage" in message and progress:
            progress(message["stage"], message["at"] - begun)
        if "up" in message:
            verdict = message["up"]
            if not verdict["ready"]:
                raise LabError("not everything came up:\n  " + "\n  ".join(verdict["waiting"]))
            if progress:
                progress("services", message["at"] - begun)
            return
