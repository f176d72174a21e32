#!/usr/bin/env python3
"""The same once more with anyio, which runs on asyncio and on trio.

pip install anyio trio
python3 srv_anyio.py '' --backend trio
"""

import argparse
import socket
from functools import partial

import anyio
import anyio.abc
import zen_utils


async def converse(stream: anyio.abc.SocketStream, patience: float) -> None:
    address = stream.extra(anyio.abc.SocketAttribute.remote_address)
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    try:
        async with stream:
            while True:
                with anyio.fail_after(patience):
                    data = await stream.receive(4096)
                    for question in framer.questions(data):
                        await stream.send(zen_utils.answer_to(question))
    except anyio.EndOfStream:  # here the end is an exception, not empty data
        zen_utils.report_end(address, framer)
    except TimeoutError:
        zen_utils.report_end(address, framer, TimeoutError(f"silent for {patience:g} s"))
    except (anyio.BrokenResourceError, ValueError) as error:
        zen_utils.report_end(address, framer, error.__cause__ or error)


async def main(listener: socket.socket, patience: float) -> None:
    listener.setblocking(False)
    async with await anyio.abc.SocketListener.from_socket(listener) as door:
        await door.serve(partial(converse, patience=patience))


if __name__ == "__main__":
    about = "The same once more with anyio, which runs on asyncio and on trio."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio")
    parser.add_argument("--patience", metavar="S", type=float, default=60, help="with a client")
    args = parser.parse_args()
    zen_utils.run(
        lambda listener: anyio.run(main, listener, args.patience, backend=args.backend), args
    )
