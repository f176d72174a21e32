"""A Telnet client that refuses every option, for programs that wait and answer.

with Telnet("ftp.example.com") as server: server.expect(b"login:")
"""

import re
import socket
import time
from typing import Self

from telnet_parser import DO, DONT, IAC, WILL, WONT, Command, Parser


class Telnet:
    def __init__(self, host: str, port: int = 23) -> None:
        self.sock = socket.create_connection((host, port), timeout=10)
        self.parser = Parser()
        self.text = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def write_line(self, line: str) -> None:
        # RFC 854: a line ends with CR LF, and the byte 255 goes twice.
        self.sock.sendall(line.encode().replace(b"\xff", b"\xff\xff") + b"\r\n")

    def command(self, *codes: int) -> None:
        self.sock.sendall(bytes([IAC, *codes]))

    def answer(self, asked: Command) -> None:
        """Refuse. RFC 854: that is always allowed. A WONT or DONT needs no answer."""
        if asked.verb == DO:
            self.command(WONT, asked.option)
        elif asked.verb == WILL:
            self.command(DONT, asked.option)

    def receive(self) -> bool:
        """Wait for more; False if the server has closed the connection."""
        data = self.sock.recv(4096)
        for piece in self.parser.feed(data):
            if isinstance(piece, Command):
                self.answer(piece)
            else:
                self.text += piece
        return bool(data)

    def expect(self, *words: bytes, seconds: float = 10) -> bytes:
        """Which of *words* comes first. If none does, that is an error, and never a success."""
        pattern = re.compile(b"|".join(map(re.escape, words)))
        deadline = time.monotonic() + seconds
        while not (found := pattern.search(self.text)):
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            if not self.receive():
                raise EOFError("the server has hung up")
        self.text = self.text[found.end() :]
        return found[0]

    def read_all(self) -> str:
        while self.receive():
            pass
        return self.text.decode(errors="replace").replace("\r\n", "\n")
