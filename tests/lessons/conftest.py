"""The parts that the lessons' tests share."""

from __future__ import annotations

import os
import pty
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import pytest

from netplay.lessons.machines import ENVIRONMENT

HERE = Path(__file__).parent
MACHINES = ("h1", "h2", "www")


class LocalProcess:
    """A program on this computer, as the engine wants to see one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd = os.pidfd_open(pid)
        self._status: int | None = None

    def fileno(self) -> int:
        return self._fd

    def poll(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
        return self._status

    def close(self) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)


class LocalMachines:
    """All machines are this computer; where nothing is needed of a network, that is enough."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets: frozenset[str] = frozenset()

    @property
    def names(self) -> Collection[str]:
        return MACHINES

    def start(
        self, machine: str, user: str, shell: str, directory: str
    ) -> tuple[LocalProcess, int]:
        pid, master = pty.fork()
        if pid == 0:
            try:
                os.chdir(directory if directory.startswith(str(self.folder)) else self.folder)
                path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
                os.execvpe("bash", ["bash", "-c", shell], {**ENVIRONMENT, "PATH": path})
            finally:
                os._exit(127)
        return LocalProcess(pid), master

    def listening(self, machine: str) -> frozenset[str]:
        return frozenset(path.name for path in self.folder.glob("*.socket"))


@pytest.fixture
def machines(tmp_path: Path) -> LocalMachines:
    return LocalMachines(tmp_path)
