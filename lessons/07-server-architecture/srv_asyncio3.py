#!/usr/bin/env python3
"""asyncio for every day: a limit, time-outs, and an orderly end at SIGTERM.

python3 srv_asyncio3.py '' --limit 100 --patience 30
python3 srv_asyncio3.py '' --uvloop             with the event loop of pip install uvloop
"""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import zen_utils


async def converse(sock: socket.socket, address: object, patience: float) -> None:
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        while True:
            async with asyncio.timeout(patience):  # for a question, and for taking the answer
                data = await reader.read(4096)
                for question in framer.questions(data):
                    writer.write(zen_utils.answer_to(question))
                await writer.drain()
            if not data:
                break
        zen_utils.report_end(address, framer)
    except TimeoutError:
        zen_utils.report_end(address, framer, TimeoutError(f"silent for {patience:g} s"))
    except (OSError, ValueError) as error:
        zen_utils.report_end(address, framer, error)
    except asyncio.CancelledError:
        zen_utils.report_end(address, framer, InterruptedError("the server stops"))
        raise
    finally:
        writer.close()


async def accept(
    listener: socket.socket, talks: asyncio.TaskGroup, args: argparse.Namespace
) -> None:
    places = asyncio.Semaphore(args.limit)
    while True:
        await places.acquire()  # first a place, then a client: the rest wait in the kernel's queue
        sock, address = await asyncio.get_running_loop().sock_accept(listener)
        talk = talks.create_task(converse(sock, address, args.patience))
        talk.add_done_callback(lambda _: places.release())


async def main(listener: socket.socket, args: argparse.Namespace) -> None:
    listener.setblocking(False)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as talks:
            accepting = talks.create_task(accept(listener, talks, args))
            await stop.wait()
            accepting.cancel()
            print(f"Stopping: {args.grace:g} s for those who are here", flush=True)
            deadline.reschedule(loop.time() + args.grace)
    print("Stopped", flush=True)


if __name__ == "__main__":
    about = "asyncio for every day: a limit, time-outs, and an orderly end at SIGTERM."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    parser.add_argument("--limit", metavar="N", type=int, default=100, help="clients at once")
    parser.add_argument("--patience", metavar="S", type=float, default=60, help="with a client")
    parser.add_argument("--grace", metavar="S", type=float, default=5, help="after SIGTERM")
    parser.add_argument("--uvloop", action="store_true", help="use uvloop's event loop")
    args = parser.parse_args()
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if args.uvloop:
        try:
            import uvloop

            factory = uvloop.new_event_loop
        except ImportError:
            sys.exit("--uvloop needs the package uvloop: pip install uvloop")
    with asyncio.Runner(loop_factory=factory) as runner:
        zen_utils.run(lambda listener: runner.run(main(listener, args)), args)
