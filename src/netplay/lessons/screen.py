r"""What a terminal would show: the bytes that a program has written, as lines of text.

Programs at a terminal say ``\r\n`` at a line's end, go back to its start with a bare ``\r`` to
write a progress figure over the last one, and colour things. A page has none of that, so each
line is what a person sees in the end.
"""

from __future__ import annotations

import re

# ECMA-48: CSI sequences, OSC strings (a title), and the two-byte escapes
_CONTROL_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])"
)
_ENDS = ("\r\n", "\n")


def show_line(raw: bytes) -> str:
    """One line, without what only moves or colours."""
    text = _CONTROL_SEQUENCE.sub("", raw.decode(errors="replace")).rstrip("\r")
    cells: list[str] = []
    column = 0
    for char in text:
        if char == "\r":
            column = 0
        elif char == "\b":
            column = max(0, column - 1)
        elif char >= " " or char == "\t":
            cells[column : column + 1] = [char]
            column += 1
    return "".join(cells).rstrip()


class Screen:
    """What one program has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._raw = b""
        self._echoes: tuple[bytes, ...] = ()

    def write(self, data: bytes) -> None:
        """More output."""
        self._raw += data
        for echo in self._echoes:
            if self._raw.startswith(echo):
                self._raw = self._raw[len(echo) :]
                self._echoes = ()
                return
        if not any(echo.startswith(self._raw) for echo in self._echoes):
            self._echoes = ()

    @property
    def lines(self) -> list[str]:
        """The complete lines."""
        return [show_line(raw) for raw in self._raw.split(b"\n")[:-1]]

    @property
    def rest(self) -> str:
        """What stands behind them: a prompt, or a line that is being written.

        Not cut at its end: a prompt's blank counts.
        """
        raw = self._raw.rpartition(b"\n")[2]
        shown = show_line(raw + b"|")
        return shown.removesuffix("|")

    def take(self, count: int) -> list[str]:
        """Takes the first *count* complete lines away."""
        pieces = self._raw.split(b"\n")
        self._raw = b"\n".join(pieces[count:])
        return [show_line(raw) for raw in pieces[:count]]

    def take_all(self) -> list[str]:
        """Takes everything; a last line without its end counts if anything is on it."""
        pieces = self._raw.split(b"\n")
        if not show_line(pieces[-1]):
            pieces.pop()
        self._raw = b""
        return [show_line(raw) for raw in pieces]

    def expect_echo(self, text: str) -> None:
        """*text* and Enter are about to be typed: what repeats them is not output.

        The terminal repeats them, or the program does (readline), or only the line's end is seen,
        as after a password; or nothing, and then what comes is output.
        """
        self._echoes = tuple(
            f"{start}{end}".encode() for start in dict.fromkeys((text, "")) for end in _ENDS
        )

    def take_prompt(self) -> str:
        """Takes everything and returns the line that is being written."""
        prompt, self._raw = self.rest, b""
        return prompt
