"""The keeper itself: process 1 of the lab, owner of everything in it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence

from netplay.cables import Impair
from netplay.keeper.cables import Cables
from netplay.keeper.computer import Computer
from netplay.keeper.daemon import EXITED, READY, STARTING, STOPPED, Daemon
from netplay.keeper.fitting import Fitting
from netplay.keeper.launch import Launch
from netplay.keeper.loop import Loop
from netplay.keeper.session import Session
from netplay.kernel import root
from netplay.kernel.network import Network
from netplay.kernel.processes import Command, Home
from netplay.steps import (
    FILE_STEPS,
    AddAccount,
    AppendFile,
    FileStep,
    LoadNftables,
    PublishPort,
    RunCommand,
    StartService,
    WriteFile,
)
from netplay.structs import Struct

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any


class Keeper:
    """A running lab. Made by `main`, in namespaces of its own."""

    def __init__(
        self,
        launch: Launch,
        fitting: Fitting,
        loop: Loop,
        ground: root.Ground,
        progress: Callable[[str], None],
    ) -> None:
        self.name = launch.name
        self.loop = loop
        self.network = Network()
        self.cables = Cables(self.network, loop)
        self.sessions: dict[int, Session] = {}
        self.description = memory_file(launch.description)
        self._steps = launch.steps
        self._fitting = fitting
        self._ground = ground
        self._home = Home.here()
        self._computers: dict[str, Computer] = {}
        self._daemons: dict[tuple[str, str], Daemon] = {}
        self._waiting: list[_Waiting] = []
        self._commands: set[int] = set()
        self._progress = progress

    # ------------------------------------------------------------ building

    def build(self) -> None:
        """Brings the lab up, as far as that needs no waiting; services answer later."""
        self._shared_layer()
        self._fitting.await_namespaces(self.network)
        self._make_computers()
        busy = {step.node for step in self._steps if isinstance(step, (StartService, RunCommand))}
        for name in busy:
            self._computers[name].begin()
        self._fitting.await_end()
        self.network.apply(self._of(LoadNftables))
        for step in self._of(Impair):
            self.cables.impair(step)
        self._progress("network")
        for name in busy:
            self._computers[name].await_built()
        self._progress("files")
        for step in self._of(StartService):
            self._daemons[step.node, step.name].start()
        self._progress("processes")

    def publish(self, listeners: Sequence[socket.socket]) -> None:
        """Has the calls at *listeners* taken, one for each `PublishPort` in its order."""
        if not listeners:
            return
        from netplay.kernel import publishing  # main has imported it already, before the door

        doors = []
        for step, listener in zip(self._of(PublishPort), listeners, strict=True):
            namespace = self.network.namespaces[step.node].descriptor
            doors.append(
                publishing.Door(listener, step.node, namespace, step.addresses, step.target)
            )
        publishing.start(doors)
        for listener in listeners:
            listener.close()

    def _of(self, kind: type) -> list[Any]:
        return [step for step in self._steps if isinstance(step, kind)]

    def _shared_layer(self) -> None:
        for step in self._of(AddAccount):
            self._ground.accounts.add(step)
        layer = root.shared_layer(self._ground)
        for path, text in self._ground.accounts.files().items():
            layer.replace(path, text)
        for account in self._of(AddAccount):
            layer.make_home(account)
        for step in self._steps:
            if isinstance(step, AppendFile):
                layer.append(step.path, step.content)
            elif isinstance(step, WriteFile) and step.node == "*":
                layer.write(step.file)

    def _make_computers(self) -> None:
        files: dict[str, list[FileStep]] = {}
        for step in self._steps:
            if isinstance(step, FILE_STEPS) and step.node != "*":
                files.setdefault(step.node, []).append(step)
        for name in self.network.nodes:
            self._computers[name] = Computer(
                name, files.get(name, ()), self._ground, self.network, self._home
            )
        for step in self._of(StartService):
            self._daemons[step.node, step.name] = Daemon(
                step, self._computers[step.node], self.network, self.loop, self._changed
            )

    # ------------------------------------------------------------ looking up

    def computer(self, name: str) -> Computer:
        """The node called *name*; ValueError if there is none."""
        try:
            return self._computers[name]
        except KeyError:
            raise ValueError(f"the lab has no node called '{name}'") from None

    def daemon(self, node: str, name: str) -> Daemon:
        """The service *name* of *node*; ValueError if there is none."""
        try:
            return self._daemons[node, name]
        except KeyError:
            raise ValueError(f"{node} has no service called '{name}'") from None

    # ------------------------------------------------------------ living

    def reset(self, name: str) -> None:
        """Gives a node a new file system and starts its services again."""
        self._halt(name)
        self.computer(name).wipe()
        self.switch_on(name)
        self._run_commands(name)

    def switch_off(self, name: str) -> None:
        """Ends everything on a node; what it has written stays."""
        self._halt(name)
        self.computer(name).is_off = True

    def switch_on(self, name: str) -> None:
        """Plugs in the links that were cut for the node's being off and starts its services."""
        self.computer(name).is_off = False
        self.cables.mend_for(name)
        for daemon in self._daemons_of(name):
            daemon.start()

    def _halt(self, name: str) -> None:
        computer = self.computer(name)
        for daemon in self._daemons_of(name):
            daemon.forget()
        if computer.pid:
            self._end(computer)

    def _daemons_of(self, name: str) -> list[Daemon]:
        return [daemon for (node, _), daemon in self._daemons.items() if node == name]

    def _end(self, computer: Computer) -> None:
        """Kills a node and collects its processes.

        The first process of a pid namespace ends only when all others there have been
        collected (pid_namespaces(7)), and those started from outside are the keeper's children:
        waiting for the first alone would wait forever.
        """
        computer.kill()
        pid = 0
        while pid != computer.pid:
            pid, status = os.waitpid(-1, 0)
            self._died(pid, status)
        computer.forget()

    def run_commands(self) -> None:
        """Runs the shell lines that the topology asks for, on all nodes."""
        for name in self._computers:
            self._run_commands(name)

    def _run_commands(self, name: str) -> None:
        """One after the other, whatever becomes of each: a line may need what another has made."""
        steps = [step for step in self._of(RunCommand) if step.node == name]
        if not steps:
            return
        script = 'for line; do sh -c "$line"; done'
        command = Command(
            argv=("sh", "-c", script, "sh", *(step.line for step in steps)),
            environment=steps[0].environment,
            log="/var/log/netplay/exec.log",
        )
        self._commands.add(self._computers[name].start(command))

    def children_died(self, _: int) -> None:
        """Collects every child that has ended and tells whoever waits for it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._died(pid, status)

    def _died(self, pid: int, status: int) -> None:
        session = self.sessions.pop(pid, None)
        if session is not None:
            session.ended(status)
        self.cables.died(pid)
        if pid in self._commands:
            self._commands.discard(pid)
            self._changed()
        for daemon in self._daemons.values():
            if daemon.pid == pid:
                daemon.ended(status)

    # ------------------------------------------------------------ telling

    def await_services(self, seconds: float, tell: Callable[[Mapping[str, object]], None]) -> None:
        """Tells once: when all services are ready, one has exited, or the time is up."""
        waiting = _Waiting(tell)
        waiting.timer = self.loop.later(seconds, lambda: self._time_up(waiting))
        self._waiting.append(waiting)
        self._changed()

    def _changed(self) -> None:
        states = {daemon.state for daemon in self._daemons.values()}
        if STARTING in states or self._commands or not self._waiting:
            return
        verdict: dict[str, object] = {"ready": states <= {READY, STOPPED}}
        if EXITED in states:
            verdict["waiting"] = self._unready()
        for waiting in self._waiting:
            self.loop.cancel(waiting.timer)
            waiting.tell(verdict)
        self._waiting = []

    def _time_up(self, waiting: _Waiting) -> None:
        self._waiting.remove(waiting)
        waiting.tell({"ready": False, "waiting": self._unready()})

    def _unready(self) -> list[str]:
        lines = []
        for (node, name), daemon in self._daemons.items():
            trouble = [f"{node}/{name}: {line}" for line in daemon.waiting_for()]
            if daemon.state == EXITED:
                trouble.append(f"{node}/{name} has ended with status {daemon.status}")
            if trouble:
                lines += trouble + self._last_words(daemon)
        return lines

    def _last_words(self, daemon: Daemon) -> list[str]:
        """The end of what a service has printed: often the reason."""
        try:
            with open(self._computers[daemon.step.node].path(daemon.step.log), "rb") as file:
                text = file.read()[-_LAST_BYTES:].decode(errors="replace")
        except OSError:
            return []  # it has not printed anything, or its node has just ended
        return [f"    {line}" for line in text.splitlines()[-_LAST_LINES:]]

    def state(self, *, memory: bool) -> dict[str, object]:
        """Everything that changes while a lab is up, for `ps`."""
        used = _memory_by_namespace() if memory else {}
        nodes = {}
        for name, computer in self._computers.items():
            services = [
                {
                    "name": daemon.step.name,
                    "state": daemon.state,
                    "ports": list(daemon.step.ports),
                    "pid": daemon.pid,
                    "ready_after": daemon.ready_after,
                    "exit_status": daemon.status,
                    "log": daemon.step.log,
                    "logs": list(daemon.step.logs),
                }
                for (node, _), daemon in self._daemons.items()
                if node == name
            ]
            nodes[name] = {
                "pid": computer.pid,
                "off": computer.is_off,
                "services": services,
                "memory": used.get(computer.pid_namespace_identity(), 0),
            }
        return {"lab": self.name, "nodes": nodes, "keeper_memory": used.get(_OWN, 0)}


class _Waiting(Struct):
    """A client that wants to know when everything is ready."""

    tell: Callable[[Mapping[str, object]], None]
    timer: object | None = None


_OWN = "keeper"
_LAST_BYTES, _LAST_LINES = 2000, 5


def _memory_by_namespace() -> dict[str, int]:
    """Bytes of memory (proportional set size, proc(5)) by pid namespace, and of the keeper."""
    used: dict[str, int] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/smaps_rollup", "rb") as file:
                lines = file.read().splitlines()
            place = _OWN if entry == "1" else os.readlink(f"/proc/{entry}/ns/pid")
        except OSError:
            continue  # it has ended since the folder was listed
        kilobytes = next((int(line.split()[1]) for line in lines if line.startswith(b"Pss:")), 0)
        used[place] = used.get(place, 0) + kilobytes * 1024
    return used


def memory_file(content: bytes) -> int:
    """A file that has no name, to be handed to a client."""
    descriptor = os.memfd_create("description", os.MFD_CLOEXEC)
    os.write(descriptor, content)
    return descriptor
