#!/usr/bin/env python3
"""Estimate pi with five workers that share nothing but messages. There is no broker.

    python3 queuepi.py                          3000 random points, one each millisecond
    python3 queuepi.py --points 500 --seed 8    the same points each time

ZeroMQ's publish/subscribe, request/reply and push/pull, over TCP ports 6700 to 6702.
"""

import argparse
import asyncio
import sys
from contextlib import suppress

import zmq
from piworkers import always_yes, bitsource, judge, pythagoras, tally
from zmq.asyncio import Context, Socket

SOURCE, SUMS, TALLY = (f"tcp://127.0.0.1:{port}" for port in (6700, 6701, 6702))


async def main(args: argparse.Namespace) -> None:
    context = Context()
    points, sums, votes = (context.socket(kind) for kind in (zmq.XPUB, zmq.REP, zmq.PULL))
    for socket, address in (points, SOURCE), (sums, SUMS), (votes, TALLY):
        socket.bind(address)  # the others find it here

    def connected(kind: int, address: str, *prefixes: str) -> Socket:
        socket = context.socket(kind)
        socket.connect(address)
        for prefix in prefixes:
            socket.subscribe(prefix)
        return socket

    workers = [
        bitsource(points, args.points, args.seed),
        always_yes(connected(zmq.SUB, SOURCE, "00"), connected(zmq.PUSH, TALLY)),
        judge(
            connected(zmq.SUB, SOURCE, "01", "10", "11"),
            connected(zmq.REQ, SUMS),
            connected(zmq.PUSH, TALLY),
        ),
        pythagoras(sums),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker) for worker in workers]
        await tally(votes, args.points)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Throw points at a square and count.")
    parser.add_argument("--points", type=int, default=3000, help="how many (3000)")
    parser.add_argument("--seed", type=int, help="the same points each time")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main(args))
    except zmq.ZMQError as error:
        sys.exit(f"one of the ports 6700 to 6702: {error}")
