#!/usr/bin/env python3
"""The thinking goes to a pool of interpreters, each with a GIL of its own.

    python3.14 srv_interpreters.py '' --work 200000

Before Python 3.14 there is no such pool; then it is one of processes, with the same methods.
"""

import argparse
import multiprocessing
import signal
import socket
import threading
from concurrent import futures

import zen_utils


def think(question: bytes, steps: int) -> bytes:
    result = 0
    for step in range(steps):
        result ^= step * step
    return zen_utils.answer_to(question)


def leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def new_pool(workers: int) -> futures.Executor:
    if hasattr(futures, "InterpreterPoolExecutor"):
        print(f"{workers} interpreters in one process")
        pool: futures.Executor = futures.InterpreterPoolExecutor(workers)
        return pool
    print(f"{workers} processes; a pool of interpreters needs Python 3.14")
    context = multiprocessing.get_context("spawn")  # fork and threads don't go together
    return futures.ProcessPoolExecutor(workers, context, leave_ctrl_c_to_the_parent)


def converse(sock: socket.socket, address: object, pool: futures.Executor, work: int) -> None:
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    try:
        with sock:
            while data := sock.recv(4096):
                for question in framer.questions(data):
                    sock.sendall(pool.submit(think, question, work).result())
        zen_utils.report_end(address, framer)
    except (OSError, ValueError) as error:
        zen_utils.report_end(address, framer, error)


def serve(listener: socket.socket, workers: int, work: int) -> None:
    with new_pool(workers) as pool:
        while True:
            talk = (*listener.accept(), pool, work)
            threading.Thread(target=converse, args=talk, daemon=True).start()


if __name__ == "__main__":
    about = "The thinking goes to a pool of interpreters, each with a GIL of its own."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--work", metavar="STEPS", type=int, default=100_000, help="per answer")
    parser.add_argument("--workers", metavar="N", type=int, default=2, help="how many (2)")
    args = parser.parse_args()
    zen_utils.run(lambda listener: serve(listener, args.workers, args.work), args)
