"""A conversation with a program on a terminal of a node: wait for a text, type an answer."""

from __future__ import annotations

import os
import select
import time
from types import TracebackType

from netplay.lab.node import Node
from netplay.lab.terminal import set_window_size

SECONDS = 10.0


class Terminal:
    """``with Terminal(node, "telnet", "ftp") as telnet:`` starts it, and ends it."""

    def __init__(self, node: Node, *argv: str, user: str = "root") -> None:
        self._process, self._master = node.terminal(*argv, user=user)
        set_window_size(self._master, 24, 80)
        self._unread = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, where: TracebackType | None
    ) -> None:
        self._process.close()
        os.close(self._master)

    def expect(self, *texts: str, seconds: float = SECONDS) -> str:
        """Reads on until one of *texts* is there; returns all that stood before it."""
        deadline = time.monotonic() + seconds
        while not (found := [text for text in texts if text in self._unread]):
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self._master], [], [], left)[0]
            assert ready, f"none of {texts} within {seconds} s, only {self._unread!r}"
            self._unread += self._read()
        before, _, self._unread = self._unread.partition(found[0])
        return before

    def type(self, text: str) -> None:
        """Types *text* and Enter."""
        os.write(self._master, f"{text}\n".encode())

    def wait(self, seconds: float = SECONDS) -> int:
        """Waits for the end of the program; its exit status."""
        return self._process.wait(seconds)

    def _read(self) -> str:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # pty(7): EIO when nobody has the other side any more
            data = b""
        assert data, f"the program has ended; it said {self._unread!r}"
        return data.decode(errors="replace")
