#!/usr/bin/env python3
"""Put a server under load, and say how long its clients wait.

    python3 loadgen.py www.example.com --clients 20 --visits 1000
    python3 loadgen.py --start srv_single.py --start srv_asyncio2.py

A visit: connect, three questions, and away. --start runs a server of this folder here first.
Only private addresses: to do this to strangers is an attack.
"""

import argparse
import asyncio
import ipaddress
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import quantiles

from compare_servers import running
from zen_utils import ANSWERS

Address = tuple[str, int]


async def visit(address: Address) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        for question, answer in ANSWERS.items():
            writer.write(question)
            if await reader.readuntil(b".") != answer:
                raise ValueError("a wrong answer")
    finally:
        writer.close()


async def client(address: Address, tickets: Iterator[int], times: list[float]) -> None:
    for _ in tickets:  # all clients share the tickets
        begun = time.perf_counter()
        async with asyncio.timeout(30):
            await visit(address)
        times.append(time.perf_counter() - begun)


async def load(address: Address, clients: int, visits: int) -> str:
    """One row of the table."""
    await asyncio.gather(*[visit(address) for _ in range(clients)])  # to warm up, not counted
    times: list[float] = []
    tickets = iter(range(visits))
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client(address, tickets, times))
    rate = visits / (time.perf_counter() - begun)
    percent = quantiles(times, n=100)
    return f"{rate:8.0f}" + "".join(f"{percent[n - 1] * 1000:10.1f}" for n in (50, 95, 99))


def private(host: str, port: int) -> Address:
    address = str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    if not ipaddress.ip_address(address).is_private:
        sys.exit(f"{host} is {address}, on the public Internet: load only what is yours")
    return address, port


def main(args: argparse.Namespace) -> None:
    print(f"{'':36}visits/s  50% (ms)  95% (ms)  99% (ms)")
    if args.host:
        row = asyncio.run(load(private(args.host, args.p), args.clients, args.visits))
        print(f"{args.host:36}{row}")
    for command in args.start:
        with running(command) as address:
            print(f"{command:36}{asyncio.run(load(address, args.clients, args.visits))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Put a server under load.")
    parser.add_argument("host", metavar="HOST", nargs="?", help="of a server that runs already")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="its TCP port (1060)")
    parser.add_argument("--start", metavar="PROGRAM", action="append", default=[])
    parser.add_argument("--clients", metavar="N", type=int, default=10, help="at a time (10)")
    parser.add_argument("--visits", metavar="N", type=int, default=200, help="in all (200)")
    try:
        with suppress(KeyboardInterrupt):
            main(parser.parse_args())
    except* (OSError, EOFError, ValueError) as group:
        error: BaseException = group.exceptions[0]  # one from a TaskGroup is in a group itself
        error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
        sys.exit(f"No answer: {str(error) or 'for 30 s'}")
