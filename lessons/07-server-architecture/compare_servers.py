#!/usr/bin/env python3
"""Start servers, one after the other, and put the same questions to each.

    python3 compare_servers.py srv_single.py srv_threaded.py "srv_prefork.py --pass"

Seven clients ask one question each and hang on: how many get an answer? And does it hold against
questions in crumbs, two in one packet, and one that never ends?
"""

import argparse
import selectors
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import zen_utils

CLIENTS = 7
TWO = b"Simple is better than?Explicit is better than?"


@contextmanager
def running(command: str) -> Iterator[tuple[str, int]]:
    """Start a server at a free port; its address, once it says that it listens."""
    program, *options = shlex.split(command)
    path = Path(__file__).with_name(program)
    argv = [sys.executable, str(path), "127.0.0.1", "-p", "0", *options]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        assert server.stdout
        line = server.stdout.readline().decode()
        if not line.startswith("Listening at"):
            sys.exit(f"{program}: {line.strip()}")
        # Somebody must read its log, or it would block when the pipe is full (see chapter 3).
        threading.Thread(target=server.stdout.read, daemon=True).start()
        try:
            yield "127.0.0.1", int(line.strip(")\n").split()[-1])
        finally:
            server.terminate()


def answered(address: tuple[str, int], patience: float) -> int:
    """How many of seven clients get an answer while all of them stay."""
    with ExitStack() as stack, selectors.DefaultSelector() as waiting:
        for _ in range(CLIENTS):
            sock = stack.enter_context(socket.create_connection(address))
            sock.sendall(next(iter(zen_utils.ANSWERS)))
            waiting.register(sock, selectors.EVENT_READ)
        while waiting.get_map() and (ready := waiting.select(patience)):
            for key, _ in ready:
                waiting.unregister(key.fileobj)
        return CLIENTS - len(waiting.get_map())


def faults(address: tuple[str, int], patience: float) -> list[str]:
    """What the server does wrong."""
    found = []
    for name, pieces in (("crumbs", [bytes([byte]) for byte in TWO]), ("two at once", [TWO])):
        with socket.create_connection(address, timeout=patience) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):
                for piece in pieces:
                    sock.sendall(piece)
                sock.shutdown(socket.SHUT_WR)
                answers = b"".join(iter(lambda: sock.recv(100), b""))
            if answers != b"Complex.Implicit.":
                found.append(name)
    with socket.create_connection(address, timeout=patience) as sock:
        try:
            sock.sendall(b"a" * 10_000_000)
            found.append("endless question")
        except OSError:  # it has closed the connection: right
            pass
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Put the same questions to several servers.")
    parser.add_argument("server", nargs="+", help="a program of this folder, with its options")
    parser.add_argument("--patience", metavar="S", type=float, default=2.0, help="in silence (2)")
    args = parser.parse_args()
    for command in args.server:
        with running(command) as address:
            count, bad = answered(address, args.patience), faults(address, args.patience)
        print(f"{command:30}{count} of {CLIENTS} at once   {', '.join(bad) or 'all right'}")
