"""A service as the keeper sees it: a process, and whether it has answered its probes.

    stopped ──start──► starting ──all probes answered──► ready
       ▲                  │                                │
       └──── stop ────────┴──── the process ends ──► exited ┘

Nothing is restarted by itself: who kills a daemon in a lab wants to see it dead.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from netplay.keeper.computer import Computer
from netplay.keeper.loop import Loop
from netplay.keeper.probing import ANSWERED, Probing
from netplay.kernel.network import Network
from netplay.kernel.processes import Command, exit_status
from netplay.steps import StartService

STOPPED, STARTING, READY, EXITED = "stopped", "starting", "ready", "exited"
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL


class Daemon:
    """One service of one node; calls *changed* whenever ``state`` changes."""

    def __init__(
        self,
        step: StartService,
        computer: Computer,
        network: Network,
        loop: Loop,
        changed: Callable[[], None],
    ) -> None:
        self.step = step
        self.state = STOPPED
        self.pid = 0
        self.status: int | None = None  # exit status of the last process that ended
        self.started = 0.0
        self.ready_after: float | None = None
        self._computer, self._network, self._loop, self._changed = computer, network, loop, changed
        self._probings: list[Probing] = []
        self._killer: object | None = None
        self._then: Callable[[], None] | None = None

    def start(self) -> None:
        """Starts the process and begins to ask; no effect while one is running."""
        if self.pid:
            return
        step = self.step
        command = Command(
            argv=step.argv,
            user=step.user,
            directory=step.directory,
            environment=step.environment,
            log=step.log,
        )
        self.pid = self._computer.start(command)
        self.started = time.monotonic()
        self.ready_after = None
        self._become(STARTING)
        self._probings = [
            Probing(self._loop, self._network, self._computer, probe, self._answered)
            for probe in step.probes
        ]
        self._left = len(self._probings)
        if not self._probings:
            self._ready()

    def stop(self, then: Callable[[], None] | None = None) -> None:
        """Ends the process, politely at first; *then* is called when it is gone."""
        self._silence()
        if not self.pid:
            self._become(STOPPED)
            if then:
                then()
            return
        self._then = then
        self._signal(signal.SIGTERM)
        self._killer = self._loop.later(_GRACE, lambda: self._signal(signal.SIGKILL))
        self.state = STOPPED

    def ended(self, status: int) -> None:
        """The process has ended with a wait status."""
        asked = self.state == STOPPED
        # What it left behind in its session (workers) must not hold its port.
        self._signal(signal.SIGKILL)
        self.pid = 0
        self.status = exit_status(status)
        self._loop.cancel(self._killer)
        self._silence()
        self._become(STOPPED if asked else EXITED)
        if self._then:
            then, self._then = self._then, None
            then()

    def forget(self) -> None:
        """The node is being rebuilt: the process has gone with it."""
        self._silence()
        self._loop.cancel(self._killer)
        self.pid, self.state, self._then = 0, STOPPED, None

    def waiting_for(self) -> list[str]:
        """What is not answered yet, with what was last seen."""
        return [
            f"{p.probe.what or p.probe.transport} on {p.probe.port or p.probe.address}: {p.last}"
            for p in self._probings
            if p.last != ANSWERED
        ]

    def _answered(self) -> None:
        self._left -= 1
        if not self._left:
            self._ready()

    def _ready(self) -> None:
        self.ready_after = time.monotonic() - self.started
        self._become(READY)

    def _silence(self) -> None:
        for probing in self._probings:
            probing.stop()
        self._probings = []

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # it has ended meanwhile: that was the wish
            os.killpg(self.pid, number)

    def _become(self, state: str) -> None:
        self.state = state
        self._changed()
