"""A keeper that tests drive by hand: the same socket, the same words, no namespaces."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from netplay.keeper import protocol


class FakeKeeper:
    """Listens where the keeper of the lab *name* would, with the machines of *index*."""

    def __init__(self, run: Path, name: str, index: dict[str, dict[str, Any]]) -> None:
        folder = run / name
        folder.mkdir(mode=0o700)
        folder.joinpath("nodes.json").write_text(json.dumps(index))
        folder.joinpath("keeper.pid").write_text(f"{os.getpid()}\n")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(folder / "control"))
        self.listener.listen()

    def next_request(self) -> tuple[socket.socket, dict[str, Any], list[int]]:
        """The next line on which something is asked (who only looks hangs up), and what."""
        while True:
            line, _ = self.listener.accept()
            message, descriptors = protocol.receive(line)
            if message is not None:
                return line, message, descriptors
            line.close()

    def close(self) -> None:
        self.listener.close()


def machine(*services: str, **environment: str) -> dict[str, Any]:
    return {"services": list(services), "environment": environment}
