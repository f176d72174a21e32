"""One's own terminal and that of a program on a node, as if they were one.

The program has a terminal of the node's own (the slave side is its standard input, output and
error); we hold the master side. Our terminal is set *raw*: every key, Ctrl-C and Ctrl-Z
among them, travels as a byte, and the node's terminal makes a signal of it there. Whatever
happens, it is set back: a shell that is left in raw mode looks dead to most people.

Two ends are subtle. What the program wrote last may still be on its way when we learn that it
has ended; the kernel shows the end of file (EIO) only behind it. But a process that the program
left in the background keeps the slave side open, and then there is no end to wait for: after a
short silence we go. And a program that does not read while we paste must not stop us from showing
what it writes: what it has not taken yet is kept, and meanwhile no more keys are read.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import struct
import termios
import time
import tty

from netplay.lab.direct import PASSED_ON, Signals, status, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_CHUNK = 1 << 16
_SILENCE = 100  # milliseconds after the program's end in which its last words may still come
_GRACE = 0.5  # seconds that a program has to end when netplay was told to


def window_size(descriptor: int) -> tuple[int, int]:
    """Rows and columns of a terminal; 24 by 80 where it does not know."""
    packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    rows, columns, _, _ = struct.unpack("HHHH", packed)
    return rows or 24, columns or 80


def set_window_size(descriptor: int, rows: int, columns: int) -> None:
    """Tells a terminal its size; a program on it gets SIGWINCH if that is new."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def relay(start: Callable[[], tuple[socket.socket, int]], keys: int = 0, screen: int = 1) -> int:
    """Starts a program with *start*, which gives its line and master side; returns its status.

    *keys* and *screen* are descriptors of the person's own terminal.
    """
    numbers = (*PASSED_ON, signal.SIGWINCH, signal.SIGTSTP)
    with Signals(numbers) as signals:
        line, master = start()
        try:
            return _Relay(line, master, keys, screen).run(signals)
        finally:
            line.close()
            os.close(master)


class _Relay:
    def __init__(self, line: socket.socket, master: int, keys: int, screen: int) -> None:
        self._line, self._master = line, master
        self._keys, self._screen = keys, screen
        self._before: list[Any] = termios.tcgetattr(keys)
        self._pending = b""  # typed, and not taken by the program yet
        self._status: int | None = None
        self._leaving: tuple[float, int] | None = None  # when to give up, and the status then
        self._open = True  # somebody has the program's terminal
        self._typing = True  # somebody may type at ours
        os.set_blocking(master, False)

    def run(self, signals: Signals) -> int:
        self._begin()
        try:
            while self._step(signals):
                pass
        finally:
            self._restore()
        assert self._status is not None
        return self._status

    def _begin(self) -> None:
        tty.setraw(self._keys, termios.TCSADRAIN)
        set_window_size(self._master, *window_size(self._screen))

    def _restore(self) -> None:
        termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def _step(self, signals: Signals) -> bool:
        """Waits for one thing to do and does it; False when all is done."""
        wait = None if self._status is None else _SILENCE
        if self._leaving:
            until, code = self._leaving
            if time.monotonic() >= until:
                self._status = code
                return False
            wait = min(wait or _SILENCE, int(_GRACE * 1000))
        poll = select.poll()
        if self._open:
            poll.register(self._master, select.POLLIN | (select.POLLOUT if self._pending else 0))
        if self._status is None:
            poll.register(self._line, select.POLLIN)
            poll.register(signals, select.POLLIN)
            if self._typing and not self._pending:
                poll.register(self._keys, select.POLLIN)
        ready = dict(poll.poll(wait))
        if not ready and self._status is not None:
            return False  # a background process holds the terminal, and has nothing to say
        if events := ready.get(self._master, 0):
            if events & select.POLLOUT:
                self._feed()
            if events & ~select.POLLOUT and not self._show():
                self._hung_up()
        if self._keys in ready:
            self._typed()
        if self._line.fileno() in ready:
            self._status = status(self._line)
        if signals.fileno() in ready:
            for number in signals.arrived():
                self._obey(number)
        return self._open or self._status is None

    def _show(self) -> bool:
        """Passes on what the program writes; False when nobody can write any more."""
        try:
            left = memoryview(os.read(self._master, _CHUNK))
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno != errno.EIO:  # pty(7): nobody has the slave side open any more
                raise
            return False
        while left:
            left = left[os.write(self._screen, left) :]
        return True

    def _hung_up(self) -> None:
        # The program ends, or goes on without a terminal; then Ctrl-C is a signal to us again.
        self._open = self._typing = False
        self._pending = b""
        self._restore()

    def _typed(self) -> None:
        self._pending = os.read(self._keys, _CHUNK)
        if self._pending:
            self._feed()
        else:
            self._typing = False
            self._tell(signal.SIGHUP)  # the terminal is gone

    def _feed(self) -> None:
        try:
            self._pending = self._pending[os.write(self._master, self._pending) :]
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._pending = b""

    def _obey(self, number: int) -> None:
        if number == signal.SIGWINCH:
            set_window_size(self._master, *window_size(self._screen))
        elif number == signal.SIGTSTP:
            # From somebody's kill(1): the key would have gone to the node.
            self._restore()
            os.kill(os.getpid(), signal.SIGSTOP)
            self._begin()
        else:
            self._tell(number)
            if number in (signal.SIGTERM, signal.SIGHUP):
                # A shell at a prompt ignores the first (bash(1), "SIGNALS"), but not that its
                # terminal has gone, as it has for the keeper when we end.
                self._leaving = time.monotonic() + _GRACE, 128 + number

    def _tell(self, number: int) -> None:
        if self._status is None:
            tell(self._line, number)
