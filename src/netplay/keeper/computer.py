"""A node as the keeper sees it: a first process, its namespaces, and what may be started there.

A node that runs nothing is only a network namespace (0.3 MB). Its file system and its first
process are made when something is first started on it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from netplay.kernel import root
from netplay.kernel.network import Network
from netplay.kernel.processes import Command, Home, start
from netplay.steps import FileStep, MakeRoot


class Broken(Exception):
    """The file system of a node could not be made; the message says why."""


class Computer:
    """One node. ``pid`` is its first process, 0 as long as there is none."""

    def __init__(
        self,
        name: str,
        steps: Sequence[FileStep],
        ground: root.Ground,
        network: Network,
        home: Home,
    ) -> None:
        self.name = name
        self.pid = 0
        self.is_off = False
        self._disk: root.Disk | None = None
        self._steps = tuple(steps)
        self._ground = ground
        self._network = network
        self._home = home
        self._pidfd = -1
        self._pid_namespace = -1
        self._pipe = -1

    @property
    def has_files(self) -> bool:
        """Whether the node can have a file system at all."""
        return any(isinstance(step, MakeRoot) for step in self._steps)

    def begin(self) -> None:
        """Starts building the node, without waiting for it."""
        if self.pid:
            return
        if self.is_off:
            raise Broken(f"{self.name} is switched off; try: netplay on {self.name}")
        if not self.has_files:
            raise Broken(f"{self.name} has no file system: nothing can be started on it")
        if self._disk is None:
            self._disk = root.Disk(self._steps, self._ground)
        descriptor = self._network.namespaces[self.name].descriptor
        self.pid, self._pipe = root.first_process(
            self._steps, self._ground, self._disk, descriptor, pid_namespace=self._home.pid
        )
        self._pidfd = os.pidfd_open(self.pid)
        self._pid_namespace = os.open(f"/proc/{self.pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def await_built(self) -> None:
        """Waits until the file system stands; raises `Broken` with the reason if it does not."""
        self.begin()
        if self._pipe < 0:
            return
        # The child writes at most one sentence; the end of file comes with its exec.
        said = b"".join(iter(lambda: os.read(self._pipe, 4096), b""))
        os.close(self._pipe)
        self._pipe = -1
        if said:
            raise Broken(f"{self.name}: {said.decode(errors='replace')}")

    def start(self, command: Command, streams: Sequence[int] = ()) -> int:
        """Starts a program on the node; returns its pid as the keeper sees it."""
        self.await_built()
        return start(
            command,
            pid_namespace=self._pid_namespace,
            node=self._pidfd,
            home=self._home,
            streams=streams,
        )

    def path(self, path: str) -> str:
        """*path* on the node, as the keeper can open it."""
        self.await_built()
        return f"/proc/{self.pid}/root{path}"

    def pid_namespace_identity(self) -> str:
        """What readlink shows for every process of the node: ``pid:[4026532…]``."""
        return os.readlink(f"/proc/{self.pid}/ns/pid") if self.pid else ""

    def wipe(self) -> None:
        """Lets go of the node's files; it is not running."""
        if self._disk is not None:
            self._disk.remove()
            self._disk = None

    def kill(self) -> None:
        """Kills everything on the node: the kernel does, with its first process."""
        os.kill(self.pid, signal.SIGKILL)

    def forget(self) -> None:
        """The first process has been collected: lets go of what belonged to it."""
        for descriptor in (self._pidfd, self._pid_namespace, self._pipe):
            if descriptor >= 0:
                os.close(descriptor)
        self.pid, self._pidfd, self._pid_namespace, self._pipe = 0, -1, -1, -1
