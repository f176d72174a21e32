"""Ports of the computer that lead to nodes.

The keeper lives in a network of its own and cannot listen on the computer's loopback; but a
listening socket belongs to the network it was made in, wherever its descriptor travels. So whoever
starts the lab makes the sockets, and this process, forked by the keeper, takes the calls: it ends
with the keeper, and the ports with it. Each connection has two threads, one for each direction,
and each direction ends by itself: a client that has said all it wants to still gets its answer.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from netplay.kernel import libc
from netplay.kernel.fork import die_with_parent
from netplay.structs import Frozen

_CHUNK = 1 << 16


class Door(Frozen):
    """A listening socket, and where it leads: to ``port`` in a network namespace."""

    listener: socket.socket
    node: str
    namespace: int
    addresses: tuple[str, ...]
    port: int


def start(doors: Sequence[Door]) -> int:
    """Forks the process that takes the calls at *doors*; returns its pid."""
    child = os.fork()
    if child:
        return child
    try:
        _live(doors)
    except BaseException:
        # The child of a fork must not unwind into its parent's stack. Standard error is the
        # keeper's log.
        traceback.print_exc()
    os._exit(1)


def _live(doors: Sequence[Door]) -> None:
    die_with_parent()
    kept = {door.listener.fileno() for door in doors} | {door.namespace for door in doors}
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    libc.prctl(libc.PR_SET_NAME, b"netplay-ports")
    threads = [Thread(target=_answer, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer(door: Door) -> None:
    while True:
        call, _ = door.listener.accept()
        Thread(target=_relay, args=(call, door), daemon=True).start()


def _relay(here: socket.socket, door: Door) -> None:
    with here:
        # setns(2) is for this thread alone, and it has nothing else to do.
        libc.setns(door.namespace, libc.CLONE_NEWNET)
        try:
            there = _connect(door)
        except OSError as error:
            sys.stderr.write(f"{door.node}:{door.port}: {error.strerror}\n")
            sys.stderr.flush()
            return
        with there:
            back = Thread(target=_pump, args=(there, here))
            back.start()
            _pump(here, there)
            back.join()


def _connect(door: Door) -> socket.socket:
    """The first address that takes the connection; OSError of the last if none does."""
    refused = OSError()
    for address in door.addresses:
        there = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            there.connect((address, door.port))
        except OSError as error:
            there.close()
            refused = error
            continue
        return there
    raise refused


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(_CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # One side is gone: the other learns it, and so does the thread of the way back.
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
