"""Where transcripts run: something that starts a program on a machine, at a terminal.

`LabMachines` is a lab. The engine's own tests run on this computer instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Protocol

from netplay.lab import Lab

# What a page can show: no colours, no cursor tricks, 80 columns, nothing that waits for a key.
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "COLUMNS": "80",
        "LINES": "24",
        "MANPAGER": "cat",
        "NO_COLOR": "1",
        "PAGER": "cat",
        "PYTHON_BASIC_REPL": "1",
        "PYTHON_HISTORY": "/dev/null",
        "SYSTEMD_PAGER": "",
        "TERM": "dumb",
    }
)


class Process(Protocol):
    """A program that was started."""

    def fileno(self) -> int:
        """Readable when it has ended."""

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""

    def close(self) -> None:
        """Ends it, if it runs."""


class Machines(Protocol):
    """Some computers."""

    @property
    def names(self) -> Collection[str]:
        """What they are called."""

    def start(self, machine: str, user: str, shell: str, directory: str) -> tuple[Process, int]:
        """Starts a command line on a new terminal; returns it and the terminal's master side."""

    def listening(self, machine: str) -> frozenset[str]:
        """The machine's sockets that wait for somebody, one word each."""


class LabMachines:
    """The computers of a lab that is up."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @property
    def names(self) -> Collection[str]:
        """The nodes that are computers."""
        return [node.name for node in self._lab]

    def start(self, machine: str, user: str, shell: str, directory: str) -> tuple[Process, int]:
        """Starts a command line with bash, as a prompt would."""
        return self._lab[machine].terminal(
            "bash", "-c", shell, user=user, cwd=directory, env=ENVIRONMENT
        )

    def listening(self, machine: str) -> frozenset[str]:
        """Protocol, local address and port of each, from ss(8)."""
        lines = self._lab[machine].run("ss", "-Hlntu", timeout=10.0).stdout.splitlines()
        return frozenset(" ".join(line.split()[i] for i in (0, 4)) for line in lines)
