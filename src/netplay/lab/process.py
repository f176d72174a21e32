"""A program that runs on a node, seen from outside."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Sequence

from netplay.errors import LabError
from netplay.keeper import protocol
from netplay.structs import Frozen

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import IO


class Completed(Frozen):
    """A program that has ended. ``returncode`` is as in a shell: 128 + n for death by signal n."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class CommandFailed(LabError):
    """A program that was asked to succeed (``check=True``) did not; ``completed`` tells all."""

    def __init__(self, node: str, completed: Completed) -> None:
        self.completed = completed
        command = " ".join(completed.argv)
        said = completed.stderr.strip() or completed.stdout.strip() or "it said nothing"
        super().__init__(f"{node}: '{command}' ended with status {completed.returncode}: {said}")


class TimedOut(LabError, TimeoutError):
    """A program did not end in time and was killed."""


class Process:
    """A running program. ``stdin``, ``stdout`` and ``stderr`` are binary files or None.

    Leaving the ``with`` block, or closing the line in any other way, ends the program.
    """

    def __init__(
        self,
        node: str,
        argv: tuple[str, ...],
        line: socket.socket,
        pid: int,
        files: Sequence[IO[bytes] | None],
    ) -> None:
        self.node = node
        self.argv = argv
        self.pid = pid
        self.stdin, self.stdout, self.stderr = files
        self.returncode: int | None = None
        self._line = line

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Readable when the program has ended, for selectors."""
        return self._line.fileno()

    def send_signal(self, number: int) -> None:
        """Sends a signal to the program and to what it has started."""
        if self.returncode is None:
            protocol.send(self._line, {"signal": number})

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit status, None while the program runs."""
        if self.returncode is None and _readable(self._line, 0):
            self._receive()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end and returns the status; `TimedOut` after *timeout* seconds."""
        while self.returncode is None:
            if not _readable(self._line, timeout):
                raise TimedOut(f"{self.node}: '{' '.join(self.argv)}' runs after {timeout} s")
            self._receive()
        return self.returncode

    def communicate(self, data: bytes = b"", timeout: float | None = None) -> tuple[bytes, bytes]:
        """Feeds *data*, collects both outputs until they are closed, and waits for the end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        output: dict[IO[bytes], bytearray] = {}
        with selectors.DefaultSelector() as selector:
            for file in (self.stdout, self.stderr):
                if file is not None:
                    output[file] = bytearray()
                    selector.register(file, selectors.EVENT_READ)
            if self.stdin is not None:
                os.set_blocking(self.stdin.fileno(), False)
                selector.register(self.stdin, selectors.EVENT_WRITE)
            left = memoryview(data)
            while selector.get_map():
                events = selector.select(_left(deadline))
                if not events:
                    self.kill()
                    raise TimedOut(
                        f"{self.node}: '{' '.join(self.argv)}' was killed after {timeout} s"
                    )
                for key, _ in events:
                    if key.fileobj is self.stdin:
                        left = _feed(self.stdin, left)
                        done = not left
                    else:
                        chunk = os.read(key.fd, 1 << 16)
                        output[key.fileobj] += chunk  # type: ignore[index]
                        done = not chunk
                    if done:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
        self.wait(_left(deadline))
        both = [
            bytes(output.get(file, b"")) if file else b"" for file in (self.stdout, self.stderr)
        ]
        return both[0], both[1]

    def close(self) -> None:
        """Ends the program if it runs, and lets go of its files."""
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                file.close()
        self._line.close()

    def _receive(self) -> None:
        message, _ = protocol.receive(self._line)
        if message is None:
            raise LabError(f"the lab ended while '{' '.join(self.argv)}' ran on {self.node}")
        if "exit" in message:
            self.returncode = int(message["exit"])
        elif "error" in message:
            raise LabError(message["error"])


def _feed(file: IO[bytes] | None, data: memoryview) -> memoryview:
    assert file is not None
    try:
        return data[os.write(file.fileno(), data[: 1 << 16]) :]
    except BrokenPipeError:
        return data[:0]  # the program reads no more: as with a shell's pipe


def _readable(line: socket.socket, timeout: float | None) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        return bool(selector.select(timeout))


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
