#!/usr/bin/env python3
"""One message sent in six framings, and damaged in every way there is: what does a reader notice?

    python3 framings.py     each stream is cut at each byte, then each of its bits is turned over

Only plain sockets and regular expressions; both ends are in this program.
"""

import argparse
import re
import socket
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

MESSAGE = b"A tilde ~ and\na new line"
LIMIT, SIZE = 999, 32  # the longest message, and the only length of the framing "fixed size"


def take(file: BinaryIO, length: int) -> bytes:
    if length <= LIMIT and len(data := file.read(length)) == length:
        return data
    raise ValueError("too much, or too little")


def matched(pattern: bytes, data: bytes) -> bytes:
    if found := re.fullmatch(pattern, data, re.DOTALL):
        return bytes(found[1])
    raise ValueError(f"{data!r} is not well formed")


def read_escaped(file: BinaryIO) -> bytes:
    line = matched(rb"((?:[^~]|~[01])*)\n", file.readline(LIMIT))
    return line.replace(b"~1", b"\n").replace(b"~0", b"~")


def read_netstring(file: BinaryIO) -> bytes:
    digits = islice(iter(lambda: take(file, 1), b":"), 4)  # up to the colon, but not for ever
    length = int(matched(rb"(0|[1-9]\d{0,2})", b"".join(digits)))
    return matched(rb"(.*),", take(file, length) + take(file, 1))


def write_chunked(message: bytes) -> bytes:
    chunks = [message[start : start + 16] for start in range(0, len(message), 16)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return body + b"0\r\nCRC-32: %08x\r\n\r\n" % zlib.crc32(message)


def read_chunked(file: BinaryIO) -> bytes:
    message = b""
    while size := int(matched(rb"([\da-f]{1,3})\r\n", file.readline(LIMIT)), 16):
        message += matched(rb"(.*)\r\n", take(file, size) + take(file, 2))
    matched(rb"(CRC-32: %08x\r\n\r\n)" % zlib.crc32(message), take(file, 20))
    return message


FRAMINGS: dict[str, tuple[Callable[[bytes], bytes], Callable[[BinaryIO], bytes]]] = {
    "end of file": (bytes, lambda file: file.read(LIMIT)),
    "fixed size": (lambda m: m.ljust(SIZE, b"\0"), lambda f: take(f, SIZE).rstrip(b"\0")),
    "delimiter": (lambda m: m.replace(b"~", b"~0").replace(b"\n", b"~1") + b"\n", read_escaped),
    "length": (lambda m: len(m).to_bytes(4) + m, lambda f: take(f, int.from_bytes(take(f, 4)))),
    "netstring": (lambda m: b"%d:%b," % (len(m), m), read_netstring),
    "chunks, CRC": (write_chunked, read_chunked),
}


def outcome(read: Callable[[BinaryIO], bytes], stream: bytes) -> str:
    ours, theirs = socket.socketpair()
    with theirs, theirs.makefile("rb") as file:
        with ours:
            ours.sendall(stream)
        with suppress(ValueError):
            return "right" if (read(file), file.read(1)) == (MESSAGE, b"") else "wrong"
    return "noticed"


if __name__ == "__main__":
    argparse.ArgumentParser(description="What do six framings notice?").parse_args()
    print("framing      bytes    cut short: noticed  wrong    a bit turned: noticed  wrong")
    for name, (write, read) in FRAMINGS.items():
        stream = write(MESSAGE)
        number, size = int.from_bytes(stream), len(stream)
        cut = [outcome(read, stream[:end]) for end in range(1, size)]
        bit = [outcome(read, (number ^ 1 << at).to_bytes(size)) for at in range(8 * size)]
        counts = [tries.count(what) for tries in (cut, bit) for what in ("noticed", "wrong")]
        print("{:12}{:6}{:22}{:7}{:25}{:7}".format(name, size, *counts))
