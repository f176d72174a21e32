#!/usr/bin/env python3
"""Processes instead of threads, all started before the first client comes.

    python3 srv_prefork.py ''               each has its own listening socket (SO_REUSEPORT)
    python3 srv_prefork.py '' --pass        one process accepts, and passes the clients on

Each process serves one client at a time.
"""

import argparse
import itertools
import os
import signal
import socket
import sys
from contextlib import suppress

import zen_utils


def own_listener(listener: socket.socket, first: bool) -> None:
    """A worker with a listening socket of its own: the kernel spreads the clients."""
    if not first:  # the first takes over the one that is there
        name = listener.getsockname()[:2]
        family = listener.family
        listener.close()
        listener = socket.create_server(name, family=family, backlog=64, reuse_port=True)
    while True:
        zen_utils.converse(*listener.accept())


def passed_clients(channel: socket.socket) -> None:
    """A worker that is sent its clients through a Unix socket."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not descriptors:
            return
        sock = socket.socket(fileno=descriptors[0])
        with suppress(OSError):  # a client that has gone in the meantime has no address
            zen_utils.converse(sock, sock.getpeername())


def serve(listener: socket.socket, args: argparse.Namespace) -> None:
    channels, workers = [], []
    for number in range(args.workers):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        if pid := os.fork():
            theirs.close()
            channels.append(ours)
            workers.append(pid)
            continue
        with suppress(KeyboardInterrupt):
            ours.close()
            passed_clients(theirs) if args.hand_over else own_listener(listener, number == 0)
        os._exit(0)
    try:
        if not args.hand_over:
            listener.close()  # or the kernel would give clients to us as well
            os.waitpid(-1, 0)  # a real one would start another worker for the one that has died
        for channel in itertools.cycle(channels):
            sock, _ = listener.accept()
            with sock:  # our copy; what was sent is another descriptor for the same connection
                socket.send_fds(channel, [b"c"], [sock.fileno()])
    finally:
        for pid in workers:
            with suppress(ProcessLookupError):  # Ctrl-C has reached it as well
                os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    about = "Processes instead of threads, all started before the first client comes."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--workers", metavar="N", type=int, default=4, help="processes (4)")
    parser.add_argument("--pass", dest="hand_over", action="store_true", help="use send_fds()")
    args = parser.parse_args()
    if not hasattr(os, "fork"):
        sys.exit("There is no fork() on this system")
    zen_utils.run(lambda listener: serve(listener, args), args, reuse_port=True)
