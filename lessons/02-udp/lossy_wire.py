"""A module, not a program: a UDP socket's way out, made worse.

    from lossy_wire import Wire

Real networks lose and reorder too seldom to learn from; udp_reliable.py sends through this.
"""

import random
import socket

Address = tuple[str, int]


class Wire:
    """Loses a share of what is sent, and lets another share wait until after the next one."""

    def __init__(self, sock: socket.socket, loss: float, reorder: float, seed: int | None) -> None:
        self.sock, self.loss, self.reorder = sock, loss, reorder
        self.dice = random.Random(seed)
        self.held: tuple[bytes, Address] | None = None

    def send(self, data: bytes, address: Address) -> None:
        if self.dice.random() < self.loss:
            return
        if self.held is None and self.dice.random() < self.reorder:
            self.held = data, address
            return
        self.sock.sendto(data, address)
        if self.held is not None:
            self.sock.sendto(*self.held)
            self.held = None
