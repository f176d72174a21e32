"""The fitter: a process that makes a lab's network while the keeper's Python still starts.

    launcher ── exec ──► keeper ── imports ────────────┬─ files, services, clients ──►
        └────── fork ──► fitter ── namespaces, links ──┘ ends

Whoever starts a lab has Python and what it takes to make a network already; the keeper, which
must not be a copy of that program, needs longer to start than all the links do. So the fitter is
such a copy, for the few milliseconds that the links take. It makes the user namespace of the lab
and the network namespaces in it, hands their descriptors to the keeper, and ends. The keeper
then owns them alone, and does the rest: packet filters, and what is wrong with the links.

What it tells the keeper is in `fitting`. As uid 0 of the new namespace it may be unable to read
the folder of Python, and it has no threads: it must not import anything, nor ask for a lock.
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
from netplay.steps import PANEL, LoadNftables, MakeNamespace, NetworkStep

# Packet filters are left to the keeper: it loads their library while it waits for its order.
STEPS = tuple(kind for kind in NetworkStep.__args__ if kind is not LoadNftables)
_OUTER = ("user", "net")
_ETH_P_ALL = 3  # <linux/if_ether.h>


def start(
    steps: Sequence[NetworkStep], keeper: socket.socket, recorder: socket.socket | None = None
) -> int:
    """Forks the fitter, which does *steps* (of `STEPS`) and tells *keeper*; returns its pid.

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
