"""A node of a running lab: what can be done on it."""

from __future__ import annotations

import os
import socket as sockets
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from netplay.errors import LabError
from netplay.keeper import protocol
from netplay.lab.process import CommandFailed, Completed, Process
from netplay.model import Address
from netplay.model import Node as Description

if TYPE_CHECKING:
    from netplay.lab.lab import Lab


class Node:
    """One computer of a lab. Made by ``lab["h1"]``; holds nothing open."""

    def __init__(self, lab: Lab, description: Description) -> None:
        self._lab = lab
        self.description = description

    def __repr__(self) -> str:
        return f"<node {self.name} of {self._lab.name}>"

    @property
    def name(self) -> str:
        """The node's name in the topology."""
        return self.description.name

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Its addresses, IPv4 first."""
        return self.description.addresses

    def run(
        self,
        *argv: str | Sequence[str],
        input: str | bytes = b"",
        check: bool = False,
        timeout: float | None = None,
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Runs a program to its end and returns status and output, as ``subprocess.run`` does.

        The program is given as words, ``run("ping", "-c1", "www")``, or as one list. Raises
        CommandFailed with ``check``, TimedOut after *timeout* seconds, LabError if the lab is gone.
        """
        data = input.encode() if isinstance(input, str) else input
        with self.start(*argv, user=user, cwd=cwd, env=env) as process:
            stdout, stderr = process.communicate(data, timeout)
            completed = Completed(
                process.argv,
                process.wait(),
                stdout.decode(errors="replace"),
                stderr.decode(errors="replace"),
            )
        if check and completed.returncode:
            raise CommandFailed(self.name, completed)
        return completed

    def start(
        self,
        *argv: str | Sequence[str],
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Starts a program with three pipes and returns without waiting for it."""
        words = _words(argv)
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in range(3)]
        theirs = (pipes[0][0], pipes[1][1], pipes[2][1])
        ours: list[IO[bytes] | None] = [
            os.fdopen(pipes[0][1], "wb", buffering=0),
            os.fdopen(pipes[1][0], "rb", buffering=0),
            os.fdopen(pipes[2][0], "rb", buffering=0),
        ]
        try:
            line, pid, _ = self._begin(words, theirs, user=user, cwd=cwd, env=env)
        except BaseException:
            for file in ours:
                if file is not None:
                    file.close()
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return Process(self.name, words, line, pid, ours)

    def attach(
        self,
        *argv: str | Sequence[str],
        streams: Sequence[int] = (0, 1, 2),
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Starts a program on the given descriptors, by default one's own three."""
        words = _words(argv)
        line, pid, _ = self._begin(words, streams, user=user, cwd=cwd, env=env)
        return Process(self.name, words, line, pid, (None, None, None))

    def terminal(
        self,
        *argv: str | Sequence[str],
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> tuple[Process, int]:
        """Starts a program on a new terminal of the node; returns it and the master side."""
        words = _words(argv)
        line, pid, descriptors = self._begin(words, (), user=user, cwd=cwd, env=env, terminal=True)
        return Process(self.name, words, line, pid, (None, None, None)), descriptors[0]

    def socket(
        self,
        family: int = sockets.AF_INET,
        type: int = sockets.SOCK_STREAM,
        proto: int = 0,
    ) -> sockets.socket:
        """A socket that is on this node, in the calling process: ``bind`` and ``connect`` there.

        The namespace of a socket is that in which it was made, wherever its descriptor goes
        (network_namespaces(7)). No DNS: addresses only, or use `with node:`.
        """
        _, descriptors = self._lab.ask(
            {
                "op": "socket",
                "node": self.name,
                "family": int(family),
                "type": int(type),
                "protocol": proto,
            }
        )
        return sockets.socket(family, type, proto, fileno=descriptors[0])

    def _begin(
        self,
        words: tuple[str, ...],
        streams: Sequence[int],
        *,
        user: str,
        cwd: str | None,
        env: Mapping[str, str] | None,
        terminal: bool = False,
    ) -> tuple[sockets.socket, int, list[int]]:
        request: dict[str, Any] = {
            "op": "run",
            "node": self.name,
            "argv": words,
            "user": user,
            "directory": cwd,
            "environment": {**self.description.environment, **(env or {})},
            "terminal": terminal,
        }
        line = self._lab.line()
        try:
            protocol.send(line, request, streams)
            answer, descriptors = protocol.receive(line)
            if answer is None:
                raise LabError(f"the lab '{self._lab.name}' ended")
            if "error" in answer:
                raise LabError(answer["error"])
        except BaseException:
            line.close()
            raise
        return line, int(answer["pid"]), descriptors


def _words(argv: Sequence[str | Sequence[str]]) -> tuple[str, ...]:
    if len(argv) == 1 and not isinstance(argv[0], str):
        argv = tuple(argv[0])
    if not argv:
        raise LabError("no program was named")
    for word in argv:
        if not isinstance(word, str):
            raise TypeError(f"{word!r} is not a string: a program and its arguments are words")
    return tuple(str(word) for word in argv)
