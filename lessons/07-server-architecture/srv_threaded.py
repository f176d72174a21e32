#!/usr/bin/env python3
"""Four threads, all waiting in accept() at the same listening socket.

python3 srv_threaded.py ''
python3 srv_threaded.py '' --threads 40
"""

import argparse
import socket
import threading
from functools import partial

import zen_utils


def work(listener: socket.socket) -> None:
    while True:
        zen_utils.converse(*listener.accept())


def serve(listener: socket.socket, threads: int) -> None:
    # Daemon threads: at Ctrl-C Python would otherwise wait for each to end, which they never do.
    workers = [threading.Thread(target=work, args=[listener], daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    about = "Four threads, all waiting in accept() at the same listening socket."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--threads", metavar="N", type=int, default=4, help="how many (4)")
    args = parser.parse_args()
    zen_utils.run(partial(serve, threads=args.threads), args)
