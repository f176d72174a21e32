"""A node of a running lab: what can be done on it."""

from __future__ import annotations

import os
import socket as sockets
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address

from netplay.errors import LabError
from netplay.keeper import protocol
from netplay.lab import calling, streams
from netplay.lab.process import CommandFailed, Completed, Process
from netplay.lab.streams import Stream
from netplay.model import Address
from netplay.model import Node as Description
from netplay.names import forward_names, reverse_names
from netplay.structs import Frozen

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import IO, Any, TypeVar

    from netplay.lab.lab import Lab

    _Result = TypeVar("_Result")


class Listener(Frozen):
    """A socket that waits: ``transport`` is "tcp" or "udp", ``address`` may be 0.0.0.0 or ::."""

    transport: str
    address: str
    port: int


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
        self._lab.history.append((self.name, completed))
        if check and completed.returncode:
            raise CommandFailed(self.name, completed)
        return completed

    async def arun(self, *argv: str | Sequence[str], **how: Any) -> Completed:
        """`run` for asyncio: awaits the program's end, and lets other tasks run meanwhile."""
        import asyncio

        return await asyncio.to_thread(self.run, *argv, **how)

    def pause(self) -> None:
        """Freezes every program of the node (SIGSTOP): a peer that is there and does not answer.

        Its kernel goes on: it acknowledges, and answers pings. What is started later runs.
        """
        self.run("sh", "-c", "kill -STOP -1", check=True)

    def resume(self) -> None:
        """Lets everything go on that `pause` has frozen."""
        self.run("sh", "-c", "kill -CONT -1", check=True)

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

    def __enter__(self) -> Node:
        from netplay.lab import inside  # asyncio comes with it, 40 ms

        inside.enter(self)
        return self

    def __exit__(self, *_: object) -> None:
        from netplay.lab import inside

        inside.leave()

    def call(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Runs *function* in a process on this node and returns its result.

        The process is a fork of the calling one, with its memory, its Python and the computer's
        files; only its network is the node's, also for C extensions. The result, or the exception
        it raised, comes back pickled. LabError if the process dies without either.
        """
        return calling.call(self, function, arguments)

    def popen(
        self,
        *argv: str | Sequence[str],
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Starts a program as ``subprocess.Popen`` does: each stream None, PIPE, DEVNULL or a file.

        None is the caller's own stream; ``stderr`` may be STDOUT.
        """
        words = _words(argv)
        with streams.Streams(stdin, stdout, stderr) as prepared:
            line, pid, _ = self._begin(words, prepared.theirs, user=user, cwd=cwd, env=env)
            return Process(self.name, words, line, pid, prepared.keep())

    def listening(self) -> tuple[Listener, ...]:
        """What waits for connections (TCP) or datagrams (UDP) on this node, at this moment."""
        answer, _ = self._lab.ask({"op": "listening", "node": self.name})
        return tuple(Listener(*row) for row in answer["sockets"])

    def wait_listening(self, port: int, timeout: float = 10.0, transport: str = "tcp") -> None:
        """Waits until somebody listens on *port*; LabError after *timeout* seconds."""
        deadline = time.monotonic() + timeout
        while not any(s.port == port and s.transport == transport for s in self.listening()):
            if time.monotonic() > deadline:
                ports = sorted({s.port for s in self.listening() if s.transport == transport})
                raise LabError(
                    f"nobody listens on {self.name}:{port}/{transport} after {timeout:g} s;"
                    f" listening there: {ports or 'nothing'}"
                )

    def resolve(self, name: str) -> tuple[Address, ...]:
        """The addresses of *name* as this node sees them, in the order it would try them.

        Asks the node's own resolver where the lab has a name server, and what the topology
        says where it has none. Empty if there is no such name.
        """
        if name in ("localhost", "ip6-localhost"):
            return (ip_address("127.0.0.1"), ip_address("::1"))
        if not self.description.nameservers:
            return forward_names(self._lab.topology).get(name.lower().rstrip("."), ())
        done = self.run("getent", "ahosts", name)
        found = (line.split()[0] for line in done.stdout.splitlines() if line)
        return tuple(dict.fromkeys(ip_address(word) for word in found))

    def reverse(self, address: str) -> str | None:
        """The name of *address* as this node sees it, None if it has none."""
        if not self.description.nameservers:
            return reverse_names(self._lab.topology).get(ip_address(address))
        words = self.run("getent", "hosts", address).stdout.split()
        return words[1] if len(words) > 1 else None

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
        descriptor = self.socket_descriptor(family, type, proto)
        return sockets.socket(family, type, proto, fileno=descriptor)

    def socket_descriptor(self, family: int, type: int, proto: int) -> int:
        """The same as a bare descriptor, which the caller owns."""
        request = {"family": int(family), "type": int(type), "protocol": proto}
        _, descriptors = self._lab.ask({"op": "socket", "node": self.name, **request})
        return descriptors[0]

    def namespaces(self) -> tuple[int, int]:
        """Descriptors of the lab's user namespace and of this node's network namespace."""
        _, descriptors = self._lab.ask({"op": "namespaces", "node": self.name})
        return descriptors[0], descriptors[1]

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
