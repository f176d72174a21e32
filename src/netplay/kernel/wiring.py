"""The keeper's side of the wire (see `wire`): it opens the sockets, and hands them over.

So they are there, and what is sent to them waits in them, before the wire has looked: a
direction can be led over it without losing a frame. A wire that has died, or does not
answer, is replaced, and the new one is told everything anew.
"""

from __future__ import annotations

import json
import os
import signal
import socket

from netplay.cables import Conditions, Direction
from netplay.kernel import wire
from netplay.structs import Struct

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

_PATIENCE = 2.0  # seconds for an answer, which usually takes less than a millisecond
_BUFFER = 16 << 20  # bytes; the kernel gives at most net.core.rmem_max

_ETH_P_ALL = 3
_SOL_PACKET = 263
_AUXDATA, _VNET_HDR, _IGNORE_OUTGOING = 8, 15, 23  # linux/if_packet.h
_SO_TIMESTAMPNS = 35


class _Order(Struct):
    """What the wire was told about one direction."""

    way: Direction
    conditions: Conditions
    seed: int


class Wire:
    """The back end in user space."""

    name = "wire"
    seeded = True

    def __init__(self) -> None:
        self.pid = 0
        self._line: socket.socket | None = None
        self._orders: dict[str, _Order] = {}

    def verdict(self, _: Direction) -> str:
        """For what comes out of a detour: the wire has read it already."""
        return "drop"

    def open(self, way: Direction, conditions: Conditions, seed: int) -> None:
        """Takes charge of what will come out of the detour of *way*."""
        self._orders[way.source.name] = _Order(way, conditions, seed)
        if not self.pid:
            self.start()
        else:
            self._plug(self._orders[way.source.name])

    def change(self, way: Direction, conditions: Conditions, seed: int | None) -> None:
        """New conditions from the next frame on; with a *seed* the lane's fate begins anew."""
        order = self._orders[way.source.name]
        order.conditions = conditions
        order.seed = order.seed if seed is None else seed
        self._tell("change", way, conditions=vars(conditions), seed=seed)

    def settle(self, way: Direction) -> None:
        """Lets everything that waits go, in its order, and delays nothing from now on."""
        self._tell("settle", way)

    def close(self, way: Direction) -> None:
        """Forwards what has come and is done with *way*; without any the process ends."""
        del self._orders[way.source.name]
        self._tell("unplug", way)
        if not self._orders and self._line is not None:
            self._line.close()  # which is what it ends at
            self._line, self.pid = None, 0

    def counts(self, way: Direction) -> dict[str, int] | None:
        """What has become of the frames of a direction; None if the wire has just died."""
        return self._tell("counts", way) or None

    def start(self) -> None:
        """Starts the process, and plugs in whatever it should carry."""
        line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.settimeout(_PATIENCE)
        self.pid = wire.start(theirs)
        theirs.close()
        if self._line is not None:
            self._line.close()
        self._line = line
        for order in self._orders.values():
            self._plug(order)

    def died(self, pid: int) -> bool:
        """Whether the process that has ended was the wire; another one must be started then."""
        if pid != self.pid:
            return False
        self.pid = 0
        return True

    def _plug(self, order: _Order) -> None:
        with (
            _reader(order.way.single.name) as reading,
            _writer(order.way.target.name) as writing,
        ):
            self._tell(
                "plug",
                order.way,
                (reading.fileno(), writing.fileno()),
                conditions=vars(order.conditions),
                seed=order.seed,
            )

    def _tell(
        self, do: str, way: Direction, descriptors: tuple[int, ...] = (), **more: object
    ) -> dict[str, Any]:
        return self._ask({"do": do, "way": way.source.name, **more}, descriptors)

    def _ask(self, message: dict[str, object], descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        if not self.pid or self._line is None:
            return {}  # the next wire will be told
        try:
            socket.send_fds(self._line, [json.dumps(message).encode()], descriptors)
            answer = self._line.recv(wire.LIMIT)
        except OSError:
            answer = b""
        if not answer:
            # Dead, or as good as dead. The keeper is told by SIGCHLD and starts another, which
            # learns of this order too: the list was changed before it was told.
            os.kill(self.pid, signal.SIGKILL)
            return {}
        found: dict[str, Any] = json.loads(answer)
        return found


def _reader(interface: str) -> socket.socket:
    # Protocol 0 until it is bound: a new packet socket hears all interfaces (packet(7)).
    reading = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    for option in (_AUXDATA, _VNET_HDR, _IGNORE_OUTGOING):
        reading.setsockopt(_SOL_PACKET, option, 1)
    reading.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    reading.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    reading.bind((interface, _ETH_P_ALL))
    return reading


def _writer(interface: str) -> socket.socket:
    writing = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    writing.setsockopt(_SOL_PACKET, _VNET_HDR, 1)
    writing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    writing.bind((interface, 0))
    return writing
