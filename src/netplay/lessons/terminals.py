"""Programs at terminals, and waiting for what they print.

All of them are read all the time, in one loop: a program in the background that nobody reads
would stop at a full terminal, and stop what waits for it. Waiting is a question (`until`) that is
asked again whenever something was printed or has ended.
"""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Callable

from netplay.lessons.machines import Process
from netplay.lessons.screen import Screen
from netplay.lessons.transcript import Key, Typed

_CHUNK = 1 << 16
_LAST_WORDS = 0.2  # seconds of silence after the end in which a terminal may still have output


class Program:
    """One program, its terminal, and what it has printed."""

    def __init__(self, process: Process, master: int) -> None:
        self._process, self.master = process, master
        self.screen = Screen()
        self.status: int | None = None
        self._hung_up = False
        self.has_spoken = False
        self.last_heard = time.monotonic()
        os.set_blocking(master, False)

    @property
    def ended(self) -> bool:
        """Whether the program has ended and all its output is here."""
        if self.status is None:
            self.status = self._process.poll()
            if self.status is not None:
                # Its last words may have come after the latest look, however long it was silent
                # before them: only silence from now on counts.
                self.last_heard = time.monotonic()
                self.read()
        silent = time.monotonic() - self.last_heard > _LAST_WORDS
        # What the program left in the background may hold the terminal open, and be silent.
        return self.status is not None and (self._hung_up or silent)

    def descriptors(self) -> list[int]:
        """What to watch."""
        watched = [] if self._hung_up else [self.master]
        return watched if self.status is not None else [*watched, self._process.fileno()]

    def read(self) -> None:
        """Takes what there is."""
        while not self._hung_up:
            try:
                data = os.read(self.master, _CHUNK)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.EIO:  # pty(7): nobody has the other side open any more
                    raise
                data = b""
            if data:
                self.screen.write(data)
                self.has_spoken = True
                self.last_heard = time.monotonic()
            else:
                self._hung_up = True

    def type(self, action: Typed | Key) -> None:
        """Presses keys; Enter sends a carriage return (termios(3), ICRNL)."""
        if isinstance(action, Key):
            data = action.byte
        else:
            data = action.text.encode() + b"\r"
            self.screen.expect_echo(action.text)
        try:
            os.write(self.master, data)
        except OSError as error:
            if error.errno != errno.EIO:
                raise

    def close(self) -> None:
        """Ends it."""
        self._process.close()
        os.close(self.master)


class Terminals:
    """All programs that are watched."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def add(self, process: Process, master: int) -> Program:
        """Watches one more."""
        program = Program(process, master)
        self._programs.append(program)
        return program

    def remove(self, program: Program) -> None:
        """Ends one."""
        self._programs.remove(program)
        program.close()

    def until(self, question: Callable[[], bool], seconds: float) -> bool:
        """Reads until *question* is answered with True; False after *seconds*."""
        deadline = time.monotonic() + seconds
        while True:
            for program in self._programs:
                program.read()
            if question():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._wait(min(left, _LAST_WORDS))

    def close(self) -> None:
        """Ends all, the youngest first."""
        while self._programs:
            self.remove(self._programs[-1])

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        for program in self._programs:
            for descriptor in program.descriptors():
                poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
