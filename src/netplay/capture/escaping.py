"""Bytes off the network, made harmless for a terminal, a log and a page.

A server can put an escape sequence into its banner, and a terminal obeys those: it moves the
cursor, renames the window, on some even pastes text. Bidirectional marks can make a line
read as its opposite. So nothing but printable ASCII passes; all else is written as in a Python
string, the backslash too, so that two different inputs never look the same.
"""

from __future__ import annotations

_SHORT = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r", 0x5C: "\\\\"}
_TABLE = tuple(
    _SHORT.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
    for byte in range(256)
)


def escape(data: bytes | memoryview | str, limit: int = 0) -> str:
    r"""*data* as printable ASCII; with a *limit*, at most that many bytes of it and then "...".

    >>> escape(b"220 ok\x1b[2J\r\n")
    '220 ok\\x1b[2J\\r\\n'
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if limit and len(data) > limit:
        return "".join(map(_TABLE.__getitem__, data[:limit])) + "..."
    return "".join(map(_TABLE.__getitem__, data))


def first_line(data: bytes | memoryview, limit: int = 120) -> bytes:
    """What stands before the first line ending in the first *limit* bytes of *data*."""
    return bytes(data[:limit]).split(b"\n", 1)[0].rstrip(b"\r")
