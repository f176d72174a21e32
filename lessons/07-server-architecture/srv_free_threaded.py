#!/usr/bin/env python3
"""Each answer takes some thinking: how many threads can think at the same time?

    python3 srv_free_threaded.py '' --work 200000
    python3.14t srv_free_threaded.py '' --work 200000        without the GIL

Measure with: python3 loadgen.py HOST --clients 1, and then --clients 4
"""

import argparse
import socket
import sys
import threading
from functools import partial

import zen_utils


def think(steps: int) -> int:
    """Work for the processor alone, in pure Python."""
    result = 0
    for step in range(steps):
        result ^= step * step
    return result


def converse(sock: socket.socket, address: object, work: int) -> None:
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    try:
        with sock:
            while data := sock.recv(4096):
                for question in framer.questions(data):
                    think(work)
                    sock.sendall(zen_utils.answer_to(question))
        zen_utils.report_end(address, framer)
    except (OSError, ValueError) as error:
        zen_utils.report_end(address, framer, error)


def serve(listener: socket.socket, work: int) -> None:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()  # new in Python 3.13
    print("The GIL is on: threads take turns" if gil else "No GIL: threads run side by side")
    while True:
        sock, address = listener.accept()
        threading.Thread(target=converse, args=[sock, address, work], daemon=True).start()


if __name__ == "__main__":
    about = "Each answer takes some thinking: how many threads can think at the same time?"
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--work", metavar="STEPS", type=int, default=100_000, help="per answer")
    args = parser.parse_args()
    zen_utils.run(partial(serve, work=args.work), args)
