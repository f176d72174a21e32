"""One program that a client has started on a node, and the line to that client.

The client has sent its own standard streams along (or wants a terminal, and gets the master
side of one); the program reads and writes them without the keeper in between. Over the line go only
the pid, signals, and at the end the exit status. A client that goes away takes its program
with it: SIGHUP, as when a terminal is closed, then SIGKILL.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from netplay.keeper.computer import Computer
from netplay.keeper.loop import Loop
from netplay.kernel.accounts import user
from netplay.kernel.processes import Command, exit_status

_GRACE = 1.0  # seconds between SIGHUP and SIGKILL


class Session:
    """A running program; *tell* sends an object (and descriptors) to the client."""

    def __init__(self, loop: Loop, tell: Callable[[Mapping[str, object], Sequence[int]], None]):
        self._loop, self._tell = loop, tell
        self.pid = 0
        self._gone = False

    def start(
        self,
        computer: Computer,
        command: Command,
        streams: Sequence[int],
        size: tuple[int, int] | None = None,
    ) -> None:
        """Starts the program; the client is told its pid, and handed the terminal if it is one.

        *size* is the terminal's, in rows and columns.
        """
        if not command.terminal:
            self.pid = computer.start(command, streams)
            self._tell({"pid": self.pid}, ())
            return
        master, slave = _terminal(computer, command.user)
        try:
            if size is not None:
                fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            self.pid = computer.start(command, (slave, slave, slave))
            self._tell({"pid": self.pid}, (master,))
        finally:
            os.close(master)
            os.close(slave)

    def signal(self, number: int) -> None:
        """Passes a signal on to the program and what it started in its session."""
        if self.pid:
            with suppress(ProcessLookupError):  # it has just ended: the status is on its way
                os.killpg(self.pid, number)

    def ended(self, status: int) -> None:
        """The program has ended: the client is told the status a shell would show."""
        self.pid = 0
        if not self._gone:
            self._tell({"exit": exit_status(status)}, ())

    def hang_up(self) -> None:
        """The client has gone."""
        self._gone = True
        self.signal(signal.SIGHUP)
        self._loop.later(_GRACE, lambda: self.signal(signal.SIGKILL))


def _terminal(computer: Computer, owner: str) -> tuple[int, int]:
    """Both sides of a new terminal of the node's own devpts, belonging to *owner*.

    Opened through the node's root, or tty(1) there would say "not a tty": each devpts knows
    only its own (devpts, "multiple instances").
    """
    ptmx = computer.path("/dev/pts/ptmx")
    master = os.open(ptmx, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    slave = fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    os.fchown(slave, user(owner, computer.path("")).uid, -1)
    return master, slave


# asm-generic/ioctls.h; the same on x86, ARM and RISC-V
_TIOCSPTLCK = 0x40045431
_TIOCGPTPEER = 0x5441
