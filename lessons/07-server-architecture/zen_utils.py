"""What all servers of this chapter share: the service itself, and how a server begins.

A question ends in "?", its answer in "."; the connection stays open for more. See srv_single.py.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial

ANSWERS = {
    b"Beautiful is better than?": b"Ugly.",
    b"Explicit is better than?": b"Implicit.",
    b"Simple is better than?": b"Complex.",
}
LONGEST = 1000  # bytes of a question; without a limit a stranger could fill our memory
Serve = Callable[[socket.socket], object]

ADDRESS = argparse.ArgumentParser(add_help=False)  # what all servers want to be told
ADDRESS.add_argument("host", metavar="HOST", help="IP or hostname; '' is every IPv4 address")
ADDRESS.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")


def answer_to(question: bytes) -> bytes:  # the place for real work, see the exercises
    return ANSWERS.get(question, b"Error: unknown aphorism.")


class Framer:
    """Cuts the stream of one client into questions, and keeps what is not complete yet."""

    rest = b""

    def questions(self, data: bytes) -> list[bytes]:
        *complete, self.rest = (self.rest + data).split(b"?")
        if max(map(len, [*complete, self.rest])) >= LONGEST:
            raise ValueError(f"a question of more than {LONGEST} bytes")
        return [question + b"?" for question in complete]


def report_end(address: object, framer: Framer, error: BaseException | None = None) -> None:
    """One line about how a conversation has ended, the same from every server."""
    if not error and framer.rest:
        error = EOFError(f"received {framer.rest!r} then socket closed")
    good = f"Client socket to {address} has closed"
    print(f"Client {address} error: {error}" if error else good, flush=True)


def converse(sock: socket.socket, address: object, patience: float | None = None) -> None:
    """A whole conversation with one client, from beginning to end; it blocks."""
    print(f"Accepted connection from {address}", flush=True)
    framer = Framer()
    try:
        with sock:
            sock.settimeout(patience)
            while data := sock.recv(4096):
                for question in framer.questions(data):
                    sock.sendall(answer_to(question))
        report_end(address, framer)
    except (OSError, ValueError) as error:  # a client's trouble must not end the server
        report_end(address, framer, error)


def run(serve: Serve, args: argparse.Namespace, reuse_port: bool = False) -> None:
    """Give *serve* a listening socket, and end quietly at Ctrl-C and SIGTERM."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    v6 = ":" in args.host  # '::' is every address, of both kinds
    make = partial(socket.create_server, family=socket.AF_INET6 if v6 else socket.AF_INET)
    try:
        listener = make((args.host, args.p), backlog=64, reuse_port=reuse_port, dualstack_ipv6=v6)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
    with listener, suppress(KeyboardInterrupt):
        print("Listening at", (args.host, listener.getsockname()[1]), flush=True)
        serve(listener)


def socket_from_inetd(log_path: str) -> socket.socket:
    """The socket that inetd has left us as descriptor 0; what we print goes to the log."""
    sock = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number in (1, 2):  # they were the client as well: a traceback would have gone to it
        os.dup2(os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), number)
    return sock
