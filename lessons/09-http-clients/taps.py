"""Bytes as lines or as a hex dump: what wiretap.py prints with.

    tap = Tap("->")
    tap.feed(b"GET / HTTP/1.1\\r\\nHo")      prints one line
    tap.flush()                            prints what is left, "Ho"

The output depends on the bytes alone, not on the pieces in which they happened to arrive.
"""


class Tap:
    """Prints what goes in one direction."""

    def __init__(self, arrow: str, use_hex: bool = False) -> None:
        self.arrow, self.use_hex = arrow, use_hex
        self.count, self.rest = 0, b""

    def feed(self, data: bytes) -> None:
        data = self.rest + data
        if self.use_hex:
            *pieces, self.rest = (data[at : at + 16] for at in range(0, len(data) + 1, 16))
        else:
            *pieces, self.rest = data.split(b"\n")
        for piece in pieces:
            self.show(piece)

    def flush(self) -> None:
        """Show what is no whole line or row, and won't become one."""
        if self.rest:
            self.show(self.rest)
        self.rest = b""

    def show(self, piece: bytes) -> None:
        print(self.arrow, self.as_hex(piece) if self.use_hex else as_text(piece), flush=True)

    def as_hex(self, piece: bytes) -> str:
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        self.count += len(piece)
        return f"{self.count - len(piece):06x}  {piece.hex(' '):47}  {text}"


def as_text(piece: bytes) -> str:
    """Nobody promised text. What isn't becomes \\\\x.., and no bytes can make this fail."""
    text = piece.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
