"""The lines that several programs write, as they come."""

from __future__ import annotations

import os
import selectors
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netplay.lab import Process

_CHUNK = 1 << 16


def lines(processes: Mapping[str, Process]) -> Iterator[tuple[str, bytes, bool]]:
    """(name, line, whether from standard error) of all *processes*, until each has closed both.

    Their standard input is closed. A last line without an end counts as a line.
    """
    with selectors.DefaultSelector() as selector:
        for name, process in processes.items():
            if process.stdin is not None:
                process.stdin.close()
            for file, is_error in ((process.stdout, False), (process.stderr, True)):
                if file is not None:
                    selector.register(file, selectors.EVENT_READ, _Stream(name, is_error))
        while selector.get_map():
            for key, _ in selector.select():
                stream: _Stream = key.data
                data = os.read(key.fd, _CHUNK)
                for line in stream.cut(data):
                    yield stream.name, line, stream.is_error
                if not data:
                    selector.unregister(key.fileobj)


class _Stream:
    """One output of one program; ``cut`` gives the lines that *data* completes."""

    def __init__(self, name: str, is_error: bool) -> None:
        self.name, self.is_error = name, is_error
        self._begun = b""

    def cut(self, data: bytes) -> list[bytes]:
        *whole, self._begun = (self._begun + data).split(b"\n")
        if not data and self._begun:
            whole.append(self._begun)
        return whole
