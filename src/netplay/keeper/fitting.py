"""The fitter: a process that makes a lab's network while the keeper's Python still starts.

    launcher ── exec ──► keeper ── imports ────────────┬─ files, services, clients ──►
        └────── fork ──► fitter ── namespaces, links ──┘ ends

Whoever starts a lab has Python and what it takes to make a network already; the keeper, which
must not be a copy of that program, needs longer to start than all the links do. So the fitter is
such a copy, for the few milliseconds that the links take. It makes the user namespace of the lab
and the network namespaces in it, hands their descriptors to the keeper, and ends. The keeper
then owns them alone.

From the fitter to the keeper go, as in `protocol`, ``{}`` with the user namespace and the panel,
``{"namespaces": [node, …], "more": …}`` with theirs, and ``{"fitted": true}``; or ``{"error": …}``.
"""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Sequence
from contextlib import suppress

from netplay.keeper import protocol
from netplay.keeper.protocol import MOST_DESCRIPTORS
from netplay.kernel import idmap, inside, libc
from netplay.kernel.fork import close_from
from netplay.kernel.network import Network, allow_many_descriptors
from netplay.steps import PANEL, MakeNamespace, NetworkStep

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

_OUTER = ("user", "net")
_ETH_P_ALL = 3  # <linux/if_ether.h>


class NotFitted(Exception):
    """The network could not be made; the message says why."""


class Fitting:
    """The keeper's end: what the fitter has made, as it comes."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def outer(self) -> tuple[int, int]:
        """The user namespace of the lab and the panel's network namespace."""
        _, (user, panel) = self._next()
        return user, panel

    def await_namespaces(self, network: Network) -> None:
        """Takes over the namespaces of all nodes."""
        more = True
        while more:
            message, descriptors = self._next()
            for node, descriptor in zip(message["namespaces"], descriptors, strict=True):
                network.take_over(node, descriptor)
            more = message["more"]

    def await_end(self) -> None:
        """Waits until all is done."""
        self._next()
        self._line.close()

    def _next(self) -> tuple[dict[str, Any], list[int]]:
        message, descriptors = protocol.receive(self._line)
        if message is None:
            raise NotFitted("whoever made the network ended without a word")
        if "error" in message:
            raise NotFitted(message["error"])
        return message, descriptors


def start(
    steps: Sequence[NetworkStep], keeper: socket.socket, recorder: socket.socket | None = None
) -> int:
    """Forks the fitter, which does *steps* and tells *keeper*; returns its pid.

    With *recorder* it first hands over a packet socket that hears the whole panel, and makes no
    link until one byte comes back. Raises HostError if there can be no user namespace.
    """

    def fit() -> int:
        gc.disable()  # what is garbage here is so in the program, and to be cleared away there
        close_from(3, *(line.fileno() for line in (keeper, recorder) if line is not None))
        try:
            _fit(steps, keeper, recorder)
        except BaseException as error:
            # The last stop of this copy of somebody's program: the keeper is told, and it ends.
            _complain(keeper, error)
        return 0

    child, errors = inside.start_inside(idmap.choose(), fit)
    os.close(errors)
    return child


def _fit(
    steps: Sequence[NetworkStep], keeper: socket.socket, recorder: socket.socket | None
) -> None:
    libc.unshare(libc.CLONE_NEWNET)
    outer = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in _OUTER]
    protocol.send(keeper, {}, outer)
    allow_many_descriptors()
    network = Network()
    network.apply([step for step in steps if isinstance(step, MakeNamespace)])
    _hand_over(network, keeper)
    if recorder is not None:
        _hand_over_tap(network, recorder)
    network.apply([step for step in steps if not isinstance(step, MakeNamespace)])
    protocol.send(keeper, {"fitted": True})


def _hand_over(network: Network, keeper: socket.socket) -> None:
    left, more = network.nodes, True
    while more:
        nodes, left = left[:MOST_DESCRIPTORS], left[MOST_DESCRIPTORS:]
        more = bool(left)
        numbers = [network.namespaces[node].descriptor for node in nodes]
        protocol.send(keeper, {"namespaces": nodes, "more": more}, numbers)


def _hand_over_tap(network: Network, recorder: socket.socket) -> None:
    tap = network.socket(PANEL, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    with tap:
        protocol.send(recorder, {"tap": True}, [tap.fileno()])
    if not recorder.recv(1):
        raise ConnectionResetError("the launcher has gone before it recorded")


def _complain(keeper: socket.socket, error: BaseException) -> None:
    with suppress(OSError):  # the keeper has gone, and who launched it knows
        protocol.send(keeper, {"error": f"{type(error).__name__}: {error}"})
