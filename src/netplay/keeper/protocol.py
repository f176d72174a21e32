"""The words of the control socket: one JSON object a datagram, descriptors beside it.

    client                                     keeper
    {"op": "state"}                          → {"nodes": …}
    {"op": "socket", "node": …, …}           → {}                      + the socket
    {"op": "namespaces", "node": …}          → {}                      + user, network namespace
    {"op": "listening", "node": …}           → {"sockets": [[transport, address, port], …]}
    {"op": "description"}                    → {}                      + a memory file
    {"op": "run", "node": …, "argv": …}      → {"pid": …}              (+ a terminal)
      + standard input, output and error       later {"exit": status}
    {"signal": 15}                             (on that same line, any time)
    {"op": "await", "seconds": …}            → {"ready": true} or {"waiting": […]}
    {"op": "service", "action": …, …}        → {"done": true}
    {"op": "reset", "nodes": […]}            → {"done": true}
    {"op": "impair", "link": …, …}           → {"done": true}; also "cut", "mend", "partition"
    {"op": "faults"}                         → {}                      + a memory file
    {"op": "down"}                           → {"pid": …}, and the keeper ends

A refusal is ``{"error": sentence}``. The socket is SOCK_SEQPACKET: datagrams keep their
borders and their order, and the end of one side is seen by the other.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

LIMIT = 128 * 1024  # bytes of one object: below net.core.wmem_default, and far above any need
MOST_DESCRIPTORS = 16


def send(line: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Sends one object; OSError if the other side has gone."""
    data = json.dumps(message).encode()
    if len(data) > LIMIT:
        raise ValueError(f"a control message of {len(data)} bytes is over the limit of {LIMIT}")
    socket.send_fds(line, [data], list(descriptors))


def receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Receives one object and its descriptors; None when the other side has gone."""
    data, descriptors, _, _ = socket.recv_fds(line, LIMIT, MOST_DESCRIPTORS)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # recv_fds of Python 3.11 ignores MSG_CMSG_CLOEXEC
    if not data:
        return None, descriptors
    return json.loads(data), descriptors
