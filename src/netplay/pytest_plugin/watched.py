"""The lab of a test: chance has a seed there, and programs leave their last words.

A test that fails one time in a hundred because of a lost packet is of use only if it can be made
to fail again. So every impairment gets its seed from the run's (`--netplay-seed`), the test's
name and how many there were before it, instead of from the system.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from netplay.lab import Lab, Node
from netplay.lab.faults import Trouble, Value
from netplay.lab.process import Process
from netplay.model import PERFECT, Topology
from netplay.model import Node as Description

if TYPE_CHECKING:
    from netplay.compiler import Network

_MOST = 1 << 16  # bytes of a program's output


class WatchedLab(Lab):
    """A lab that knows its test."""

    def __init__(self, topology: Topology | Network, *, name: str, seed: int) -> None:
        super().__init__(topology, name=name)
        self.programs: list[WatchedProcess] = []
        self.has_failed = False  # a test in it: then it may be kept
        self._seed = seed
        self._test = ""
        self._drawn = 0

    def __getitem__(self, name: str) -> WatchedNode:
        return WatchedNode(self, super().__getitem__(name).description)

    def __iter__(self) -> Iterator[Node]:
        return (WatchedNode(self, node.description) for node in super().__iter__())

    def begin(self, test: str) -> None:
        """Forget what was before the test called *test*, and let its chance begin."""
        self._test, self._drawn = test, 0
        self.programs.clear()
        self.history.clear()
        self._seed_declared()

    def end(self) -> None:
        """End the programs that the test has left running."""
        for program in self.programs:
            program.close()

    def fault(
        self,
        *link: str,
        preset: str | None = None,
        seed: int | None = None,
        **values: Value,
    ) -> Trouble:
        """As `Lab.fault`; without a *seed* it takes one that follows from the run's."""
        used = self._draw() if seed is None else seed
        return super().fault(*link, preset=preset, seed=used, **values)

    def heal(self, *link: str) -> None:
        """As `Lab.heal`; what the topology declares is seeded again."""
        super().heal(*link)
        self._seed_declared()

    def _seed_declared(self) -> None:
        for link in self.topology.links:
            if (link.forward, link.backward) != (PERFECT, PERFECT):
                super().fault(str(link.a), seed=self._draw())

    def _draw(self) -> int:
        self._drawn += 1
        text = f"{self._seed} {self._test} {self._drawn}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


class WatchedNode(Node):
    """A node that remembers which programs were started on it."""

    def __init__(self, lab: WatchedLab, description: Description) -> None:
        super().__init__(lab, description)
        self._programs = lab.programs

    def start(
        self,
        *argv: str | Sequence[str],
        user: str = "root",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """As `Node.start`."""
        process = super().start(*argv, user=user, cwd=cwd, env=env)
        watched = WatchedProcess.of(process)
        self._programs.append(watched)
        return watched


class WatchedProcess(Process):
    """A program whose output, as far as the test read none of it, is there for the report."""

    @classmethod
    def of(cls, process: Process) -> WatchedProcess:
        """The same program."""
        files = (process.stdin, process.stdout, process.stderr)
        return cls(process.node, process.argv, process._line, process.pid, files)

    def close(self) -> None:
        """As `Process.close`; what nobody has read is kept."""
        self.last_words()
        super().close()

    def last_words(self) -> str:
        """What it wrote so far and the test did not read."""
        said = getattr(self, "_said", b"")
        for file in (self.stdout, self.stderr):
            if file is not None and not file.closed:
                os.set_blocking(file.fileno(), False)
                said += _rest(file.fileno())
        self._said: bytes = said[-_MOST:]
        return self._said.decode(errors="replace")


def _rest(descriptor: int) -> bytes:
    """What can be read at once."""
    found = b""
    try:
        while chunk := os.read(descriptor, _MOST):
            found = (found + chunk)[-_MOST:]
    except OSError:  # BlockingIOError: that was all for now
        pass
    return found
