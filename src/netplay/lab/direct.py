"""One program on one node, by the shortest way: what ``netplay h1 true`` is made of.

A command is typed hundreds of times a day, and of its 60 ms most would be imports: the model,
`dataclasses`, `pickle` and `pathlib` cost more than the program that is run. So this module knows
nothing of topologies. It reads the *index* that `Lab.up` leaves beside the control socket (each
machine with its services and environment, as JSON), asks the keeper, and follows the program.
Shell completion reads the same index. Everything else holds a `Lab`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from contextlib import suppress

from netplay.errors import LabError, NoSuchLab, NoSuchNode, suggestion
from netplay.keeper import protocol
from netplay.lab.connecting import PLAYGROUND, connect
from netplay.paths import lab_run_directory, run_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netplay.model import Topology

INDEX = "nodes.json"

# What a person or a shell sends to a command they want to end, or to talk to.
PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


def chosen(name: str | None) -> str:
    """The lab that is meant: *name*, else the playground, else the only other one that is up."""
    if name or is_up(PLAYGROUND):
        return name or PLAYGROUND
    others = labs()
    if len(others) > 1:
        raise LabError(f"these labs are up: {', '.join(others)}; choose one with -n")
    return others[0] if others else PLAYGROUND


def labs() -> list[str]:
    """The names of this person's labs that are up."""
    try:
        entries = sorted(os.listdir(run_directory()))
    except FileNotFoundError:
        return []
    return [entry for entry in entries if not entry.startswith(".") and is_up(entry)]


def is_up(name: str) -> bool:
    """Whether a keeper answers."""
    try:
        connect(f"{lab_run_directory(name)}/control", name).close()
    except (NoSuchLab, NotADirectoryError):
        return False
    return True


def write_index(topology: Topology, folder: str | os.PathLike[str]) -> None:
    """Leaves what this module and shell completion want to know in a lab's *folder*."""
    index = {
        node.name: {
            "services": [use.name for use in node.services],
            "environment": dict(node.environment),
        }
        for node in topology.computers
    }
    with open(f"{folder}/{INDEX}", "w", encoding="utf-8") as file:
        file.write(json.dumps(index))  # dump() itself does without its C part


def index(name: str) -> dict[str, dict[str, Any]]:
    """The machines of the lab *name*; empty if it is not up."""
    try:
        with open(f"{lab_run_directory(name)}/{INDEX}", encoding="utf-8") as file:
            found: dict[str, dict[str, Any]] = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return found


def begin(
    name: str,
    node: str,
    argv: Sequence[str],
    *,
    user: str = "root",
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    streams: Sequence[int] = (0, 1, 2),
    size: tuple[int, int] | None = None,
) -> tuple[socket.socket, list[int]]:
    """Starts *argv* on a node of the lab *name*; returns its line and descriptors.

    The program gets *streams*; with *size* (rows, columns) it gets a new terminal instead, whose
    master side is the descriptor. Raises `NoSuchLab`, `NoSuchNode` or LabError.
    """
    line = connect(f"{lab_run_directory(name)}/control", name)
    try:
        machines = index(name)
        if node not in machines:
            raise NoSuchNode(
                f"the lab '{name}' has no machine called '{node}'" + suggestion(node, machines)
            )
        request = {
            "op": "run",
            "node": node,
            "argv": list(argv),
            "user": user,
            "directory": cwd,
            "environment": {**machines[node]["environment"], **(env or {})},
            "terminal": size is not None,
            "size": size,
        }
        protocol.send(line, request, () if size else streams)
        answer, descriptors = protocol.receive(line)
        if answer is None:
            raise LabError(f"the lab '{name}' ended")
        if "error" in answer:
            raise LabError(answer["error"])
    except BaseException:
        line.close()
        raise
    return line, descriptors


class Signals:
    """While entered, the signals of *numbers* are read from ``fileno()`` instead of obeyed.

    Those that the caller ignores, as nohup(1) and a shell's ``&`` arrange it, stay ignored.
    Python's own handler writes their numbers into a pipe (signal.set_wakeup_fd), so none is lost
    between a look and a wait.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __enter__(self) -> Signals:
        self._reading, self._writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        heeded = [n for n in self._numbers if signal.getsignal(n) is not signal.SIG_IGN]
        self._before = {n: signal.signal(n, lambda *_: None) for n in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._reading)
        os.close(self._writing)

    def fileno(self) -> int:
        """Readable when a signal has come."""
        return self._reading

    def arrived(self) -> bytes:
        """The numbers of the signals that have come."""
        return os.read(self._reading, 4096)


def status(line: socket.socket) -> int | None:
    """Reads what the keeper says on a program's line: its exit status, None if it still runs."""
    message, _ = protocol.receive(line)
    if message is None:
        raise LabError("the lab ended while the program ran")
    if "error" in message:
        raise LabError(message["error"])
    return int(message["exit"]) if "exit" in message else None


def follow(start: Callable[[], socket.socket]) -> int:
    """Starts a program with *start*, passes signals on to it, and returns its exit status.

    Ctrl-Z at a terminal stops the program with this process, ``fg`` or ``bg`` goes on with both.
    """
    with Signals((*PASSED_ON, signal.SIGTSTP, signal.SIGCONT)) as signals, start() as line:
        poll = select.poll()
        poll.register(line, select.POLLIN)
        poll.register(signals, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == signals.fileno():
                    for number in signals.arrived():
                        _pass_on(line, number)
                elif (code := status(line)) is not None:
                    return code


def tell(line: socket.socket, number: int) -> None:
    """Sends a signal to the program of *line*."""
    with suppress(OSError):  # the keeper has gone: reading the line tells it better
        protocol.send(line, {"signal": int(number)})


def _pass_on(line: socket.socket, number: int) -> None:
    # The program leads a session of its own, whose processes ignore SIGTSTP (setpgid(2),
    # "orphaned process group"); SIGSTOP cannot be ignored.
    stop = number == signal.SIGTSTP
    tell(line, signal.SIGSTOP if stop else number)
    if stop:
        os.kill(os.getpid(), signal.SIGSTOP)
