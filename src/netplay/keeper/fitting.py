"""What the keeper is told by the process that makes its network (see `fitter`).

As in `protocol`, ``{}`` comes with the user namespace and the panel, ``{"namespaces": [node, …],
"more": …}`` with those of the nodes, and at last ``{"fitted": true}``; or ``{"error": …}``.
"""

from __future__ import annotations

import socket

from netplay.keeper import protocol
from netplay.kernel.network import Network

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any


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
