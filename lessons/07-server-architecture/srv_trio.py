#!/usr/bin/env python3
"""Structured concurrency with trio: tasks live in a nursery, time-outs in scopes.

pip install trio
python3 srv_trio.py ''
"""

import argparse
import socket
from functools import partial

import trio
import zen_utils


async def converse(stream: trio.SocketStream, patience: float) -> None:
    address = stream.socket.getpeername()
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    try:
        async with stream:
            while True:
                with trio.fail_after(patience):  # a cancel scope with a deadline
                    data = await stream.receive_some(4096)
                    for question in framer.questions(data):
                        await stream.send_all(zen_utils.answer_to(question))
                if not data:
                    break
        zen_utils.report_end(address, framer)
    except trio.TooSlowError:
        zen_utils.report_end(address, framer, TimeoutError(f"silent for {patience:g} s"))
    except (trio.BrokenResourceError, ValueError) as error:
        zen_utils.report_end(address, framer, error.__cause__ or error)


async def main(listener: socket.socket, patience: float) -> None:
    listeners = [trio.SocketListener(trio.socket.from_stdlib_socket(listener))]
    async with trio.open_nursery() as nursery:  # no task in it outlives this block
        handler = partial(converse, patience=patience)
        await trio.serve_listeners(handler, listeners, handler_nursery=nursery)


if __name__ == "__main__":
    about = "Structured concurrency with trio: tasks live in a nursery, time-outs in scopes."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--patience", metavar="S", type=float, default=60, help="with a client")
    args = parser.parse_args()
    zen_utils.run(lambda listener: trio.run(main, listener, args.patience), args)
