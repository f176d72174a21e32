"""The computer's side of ports that lead to nodes: sockets that listen on its loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from netplay.errors import HostError
from netplay.keeper.launch import MOST_PORTS
from netplay.steps import PublishPort, Step

_BACKLOG = 128


@contextmanager
def listeners(steps: Sequence[Step]) -> Iterator[list[socket.socket]]:
    """A listening socket for each `PublishPort`, in their order, for the keeper to be handed.

    Ours are closed behind it. Raises HostError if a port is taken, or there are too many.
    """
    wanted = [step for step in steps if isinstance(step, PublishPort)]
    if len(wanted) > MOST_PORTS:
        raise HostError(f"{len(wanted)} ports cannot be published; {MOST_PORTS} are the most")
    with ExitStack() as stack:
        yield [stack.enter_context(listener(step.address, step.port)) for step in wanted]


def listener(address: str, port: int) -> socket.socket:
    """A socket that listens there; HostError if the computer does not let it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address, port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise HostError(f"port {port} of {address} cannot be used: {error.strerror}") from error
    return found
