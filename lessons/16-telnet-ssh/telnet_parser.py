"""What a Telnet server sends, taken apart into text and commands.

No socket is used here: bytes go in, in whatever pieces they came, and pieces with a meaning
come out. RFC 854 has the commands, RFC 855 the details (SB).

    for piece in parser.feed(sock.recv(4096)):
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240

PIECE = re.compile(
    rb"""
    (?P<text> [^\xff]+ | \xff\xff )                           # twice IAC is the byte 255
  | \xff (?P<verb> [\xfb-\xfe] ) (?P<option> . )              # IAC, WILL to DONT, an option
  | \xff\xfa (?P<about> . ) (?P<data> ( [^\xff] | \xff[^\xf0] )* ) \xff\xf0      # SB to SE
  | \xff [^\xfa-\xff]                                         # "do nothing" and the like
    """,
    re.VERBOSE | re.DOTALL,
)


class Command(NamedTuple):
    verb: int
    option: int
    data: bytes = b""


class Parser:
    """Keeps what is not complete yet."""

    rest = b""

    def feed(self, data: bytes) -> Iterator[bytes | Command]:
        self.rest += data
        while found := PIECE.match(self.rest):
            self.rest = self.rest[found.end() :]
            if found["text"]:
                yield found["text"].replace(b"\xff\xff", b"\xff")
            elif found["verb"]:
                yield Command(found["verb"][0], found["option"][0])
            elif found["about"]:
                yield Command(SB, found["about"][0], found["data"].replace(b"\xff\xff", b"\xff"))
