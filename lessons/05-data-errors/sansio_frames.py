#!/usr/bin/env python3
"""A framer that knows no socket, and is therefore tested in every way a stream can be cut.

    python3 sansio_frames.py                    all 32768 ways to cut a stream of 16 bytes
    python3 sansio_frames.py --hypothesis 500   and 500 random streams, cut at random

Bytes go in, messages come out; who brings the bytes is another's business.
"""

import argparse
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any


class Framer:
    """Takes pieces of a stream, gives its messages: two bytes of length before each of them."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The messages that are complete now."""
        self.rest += piece
        messages = []
        while (end := 2 + int.from_bytes(self.rest[:2])) <= len(self.rest):
            messages.append(self.rest[2:end])
            self.rest = self.rest[end:]
        return messages

    def finish(self) -> None:
        """The stream has ended."""
        if self.rest:
            raise EOFError(f"the stream ended inside a message, after {len(self.rest)} bytes of it")


class NaiveFramer(Framer):
    def feed(self, piece: bytes) -> list[bytes]:
        return [piece[2:]]  # "what comes together is one message"


def frame(message: bytes) -> bytes:
    return len(message).to_bytes(2) + message


def through(framer: Framer, pieces: Iterable[bytes]) -> list[bytes]:
    messages = [message for piece in pieces for message in framer.feed(piece)]
    framer.finish()
    return messages


def everywhere(kind: type[Framer]) -> None:
    messages = [b"first", b"", b"third"]
    stream = b"".join(map(frame, messages))
    gaps = range(1, len(stream))
    right = 0
    for choice in range(2 ** len(gaps)):  # each bit says whether to cut at one of the gaps
        places = [0, *(gap for gap in gaps if choice >> gap - 1 & 1), len(stream)]
        right += through(kind(), (stream[a:b] for a, b in pairwise(places))) == messages
    print(f"{kind.__name__}: right for {right} of {2 ** len(gaps)} ways to cut {len(stream)} bytes")


def randomly(examples: int) -> None:
    try:
        from hypothesis import given, settings, strategies
    except ImportError as error:
        sys.exit(f"{error}; try: python3 -m pip install hypothesis")

    def check(messages: list[bytes], data: Any) -> None:
        stream = b"".join(map(frame, messages))
        cuts = data.draw(strategies.sets(strategies.integers(0, len(stream))))
        pieces = [stream[a:b] for a, b in pairwise([0, *sorted(cuts), len(stream)])]
        assert through(Framer(), pieces) == messages

    test = given(strategies.lists(strategies.binary()), strategies.data())(check)
    settings(max_examples=examples)(test)()
    print(f"Framer: right for {examples} random streams")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Test a framer by cutting its input everywhere.")
    parser.add_argument("--hypothesis", metavar="N", type=int, help="N random streams, too")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        everywhere(NaiveFramer)
        everywhere(Framer)
        if args.hypothesis:
            randomly(args.hypothesis)
