"""A program's terminal: its last words are read, however long it was silent before them."""

from __future__ import annotations

import os
from typing import cast

from netplay.lab import Process
from netplay.lessons import terminals
from netplay.lessons.terminals import Program


class Ended:
    """A process that prints its last words and ends just before it is asked whether it has."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal

    def poll(self) -> int:
        os.write(self._terminal, b"last words\n")
        os.close(self._terminal)
        return 1


def test_last_words_after_a_long_silence_are_not_missed() -> None:
    master, slave = os.openpty()
    program = Program(cast("Process", Ended(slave)), master)
    program.last_heard -= 10 * terminals._LAST_WORDS
    program.read()
    while not program.ended:
        program.read()
    os.close(master)
    assert program.screen.take(len(program.screen.lines)) == ["last words"]
