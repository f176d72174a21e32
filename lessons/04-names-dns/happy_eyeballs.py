#!/usr/bin/env python3
"""A race between the addresses of a name: RFC 8305, by hand, with a log.

    python3 happy_eyeballs.py www.example.com
    python3 happy_eyeballs.py --library www.example.com

The second has asyncio run the same race; it keeps no log.
"""

import argparse
import asyncio
import os
import socket
import sys
import time
from itertools import zip_longest

Address = tuple[str, int]
START = time.monotonic()


def log(text: str) -> None:
    print(f"{time.monotonic() - START:.3f} s  {text}", flush=True)


async def addresses(host: str, port: int) -> list[Address]:
    """The addresses of *host*, the two families in turn, the system's favourite first."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    favourite = infos[0][0]
    ours = [(str(info[4][0]), port) for info in infos if info[0] == favourite]
    others = [(str(info[4][0]), port) for info in infos if info[0] != favourite]
    return [one for pair in zip_longest(ours, others) for one in pair if one]


async def attempt(address: Address) -> tuple[Address, asyncio.StreamWriter]:
    log(f"try {address[0]}")
    try:
        _, writer = await asyncio.open_connection(*address)
    except OSError as error:
        log(f"{address[0]} failed: {os.strerror(error.errno or 0)}")
        raise
    return address, writer


async def race(candidates: list[Address], delay: float) -> asyncio.StreamWriter:
    """Start an attempt every *delay* seconds, or at once if one fails; the first one wins."""
    running: set[asyncio.Task[tuple[Address, asyncio.StreamWriter]]] = set()
    waiting = candidates.copy()
    while waiting or running:
        if waiting:
            running.add(asyncio.create_task(attempt(waiting.pop(0))))
        done, running = await asyncio.wait(
            running, timeout=delay if waiting else None, return_when=asyncio.FIRST_COMPLETED
        )
        if winners := [task for task in done if task.exception() is None]:
            for loser in running:
                loser.cancel()
            address, writer = winners[0].result()
            log(f"{address[0]} wins")
            return writer
    raise OSError("no address answers")


async def main(host: str, port: int, delay: float, library: bool) -> None:
    if library:
        _, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=delay)
        log(f"{writer.get_extra_info('peername')[0]} wins")
    else:
        writer = await race(await addresses(host, port), delay)
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Connect to the quickest address of a host.")
    parser.add_argument("host")
    parser.add_argument("-p", "--port", type=int, default=80, help="TCP port (80)")
    parser.add_argument("--delay", type=float, default=0.25, help="seconds between two attempts")
    parser.add_argument("--library", action="store_true", help="let asyncio do it")
    args = parser.parse_args()
    try:
        asyncio.run(main(args.host, args.port, args.delay, args.library))
    except (OSError, UnicodeError) as error:
        sys.exit(f"{args.host}: {getattr(error, 'strerror', None) or error}")
    except KeyboardInterrupt:
        sys.exit(130)
