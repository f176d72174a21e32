#!/usr/bin/env python3
"""A character that is cut in two: why each piece from recv() cannot be decoded on its own.

    python3 unicode_edges.py
    python3 unicode_edges.py --pieces 3 "Grüße aus Łódź"

One end of a socket sends a text a few bytes at a time; the other end decodes it in two ways.
"""

import argparse
import codecs
import socket
from collections.abc import Iterator


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """What recv() might return: the bytes in pieces that know nothing of characters."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        while piece := theirs.recv(size):
            yield piece


def main(text: str, size: int) -> None:
    data = text.encode("utf-8")
    print(f"{len(text)} characters are {len(data)} bytes of UTF-8")

    print("\nEach piece decoded on its own:")
    for piece in pieces(data, size):
        try:
            print(f"  {piece!r:24} {piece.decode('utf-8')!r}")
        except UnicodeDecodeError as error:
            print(f"  {piece!r:24} {error.reason}")

    print("\nOne decoder that remembers the first half of a character:")
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = ""
    for piece in pieces(data, size):
        decoded = decoder.decode(piece)
        print(f"  {piece!r:24} {decoded!r}")
        whole += decoded
    whole += decoder.decode(b"", final=True)  # a half that is left over would be an error here
    print(f"together {whole!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Decode a text that arrives in pieces.")
    parser.add_argument("text", nargs="?", default="Café Šípková")
    parser.add_argument("--pieces", type=int, default=5, metavar="BYTES", help="size of a piece")
    args = parser.parse_args()
    main(args.text, args.pieces)
