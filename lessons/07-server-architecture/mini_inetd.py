#!/usr/bin/env python3
"""An inetd for one service: listens, and starts a program when somebody comes.

    python3 mini_inetd.py '' nowait -- python3 in_zen1.py       one process for each client
    python3 mini_inetd.py '' wait -- python3 in_zen2.py         one process for the next clients
    python3 mini_inetd.py '' nowait --systemd -- python3 srv_systemd.py

inetd hands the socket over as descriptors 0, 1 and 2; systemd as 3, and says so in LISTEN_FDS.
"""

import argparse
import os
import select
import signal
import socket
import sys

import zen_utils


def start(sock: socket.socket, command: list[str], as_systemd: bool) -> int:
    """The process ID of *command*, which has been given *sock*."""
    if pid := os.fork():
        return pid
    try:
        environment = dict(os.environ)
        for number in [3] if as_systemd else [0, 1, 2]:
            os.dup2(sock.fileno(), number)
        if sock.fileno() == 3:  # dup2() onto itself does nothing; exec would close it
            os.set_inheritable(3, True)
        if as_systemd:
            environment |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
        os.execvpe(command[0], command, environment)
    finally:
        os._exit(127)  # no such program; the child must never go on in the parent's code


def serve(listener: socket.socket, args: argparse.Namespace) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN if args.mode == "nowait" else signal.SIG_DFL)
    name = " ".join(args.command)
    while True:
        select.select([listener], [], [])  # somebody is there
        if args.mode == "wait":
            print(f"Starting {name} with the listening socket", flush=True)
            pid = start(listener, args.command, args.systemd)
            os.waitpid(pid, 0)  # while it lives, the listening socket is its business
            print(f"{name} has ended; I listen again", flush=True)
        else:
            sock, address = listener.accept()
            print(f"Starting {name} for {address}", flush=True)
            with sock:  # our copy; the child has its own
                start(sock, args.command, args.systemd)


if __name__ == "__main__":
    about = "An inetd for one service: listens, and starts a program when somebody comes."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("mode", choices=["nowait", "wait"], help="pass a client, or the listener")
    parser.add_argument("command", nargs="+", help="what to start, after --")
    parser.add_argument("--systemd", action="store_true", help="pass it as systemd does")
    args = parser.parse_args()
    if sys.platform == "win32":
        sys.exit("There is no fork() on Windows")
    zen_utils.run(lambda listener: serve(listener, args), args)
