"""Where a program's three standard streams lead, in the words of the module `subprocess`."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import IO, TypeAlias

PIPE, STDOUT, DEVNULL = -1, -2, -3  # the same numbers as subprocess's
Stream: TypeAlias = "int | IO[bytes] | None"


class Streams:
    """Opens what has to be opened; closes the program's ends, and ours too unless kept."""

    def __init__(self, stdin: Stream, stdout: Stream, stderr: Stream) -> None:
        self._close: list[int] = []
        self._ours: list[IO[bytes] | None] = []
        self._kept = False
        self.theirs: list[int] = []
        for number, stream in enumerate((stdin, stdout, stderr)):
            self.theirs.append(self._descriptor(number, stream))

    def _descriptor(self, number: int, stream: Stream) -> int:
        if stream == PIPE:
            reading, writing = os.pipe2(os.O_CLOEXEC)
            theirs, ours = (reading, writing) if number == 0 else (writing, reading)
            self._close.append(theirs)
            self._ours.append(os.fdopen(ours, "wb" if number == 0 else "rb", buffering=0))
            return theirs
        self._ours.append(None)
        if stream == DEVNULL:
            self._close.append(os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC))
            return self._close[-1]
        if stream == STDOUT:
            return self.theirs[1]
        if stream is None:
            return number
        return stream if isinstance(stream, int) else stream.fileno()

    def __enter__(self) -> Streams:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._close:
            os.close(descriptor)
        if not self._kept:
            for file in self._ours:
                if file is not None:
                    file.close()

    def keep(self) -> list[IO[bytes] | None]:
        """Our ends of the pipes, now the caller's: standard input, output, error."""
        self._kept = True
        return self._ours
