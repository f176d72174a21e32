#!/usr/bin/env python3
"""The workers of queuepi.py as processes on several machines, encrypted with CURVE.

    python3 queuepi_procs.py pythagoras '*'         these three wait for calls, so they need
    python3 queuepi_procs.py tally '*'              an address that the others can reach
    python3 queuepi_procs.py source '*'
    python3 queuepi_procs.py yes www.example.com            these two call, from anywhere
    python3 queuepi_procs.py judge www.example.com 01 10 11

Keys are in /tmp/pi, or in --folder; curve_keys.py makes them.
"""

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import zmq
from curve_sockets import calling, waiting
from piworkers import always_yes, bitsource, judge, pythagoras, tally
from zmq.asyncio import Context, Socket


async def main(args: argparse.Namespace) -> None:
    context = Context()
    source, sums, votes = (f"tcp://{args.host}:{port}" for port in (6700, 6701, 6702))

    def wait_at(kind: int, address: str) -> Socket:
        socket = waiting(context, kind, address, args.folder)
        print(args.role, "waits for calls", flush=True)
        return socket

    async def call(kind: int, address: str) -> Socket:
        return await calling(context, kind, address, args.folder)

    match args.role:
        case "source":
            await bitsource(wait_at(zmq.XPUB, source), args.points, args.seed)
            context.destroy()  # returns when everything has been sent
            print(f"{args.points} points published")
        case "pythagoras":
            await pythagoras(wait_at(zmq.REP, sums))
        case "tally":
            await tally(wait_at(zmq.PULL, votes), args.points)
        case _:
            out, points = await call(zmq.PUSH, votes), await call(zmq.SUB, source)
            adder = await call(zmq.REQ, sums) if args.role == "judge" else None
            print(args.role, "has been let in", flush=True)
            for prefix in args.prefixes or ["00"]:
                points.subscribe(prefix)
            await (judge(points, adder, out) if adder else always_yes(points, out))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Be one of the workers that estimate pi.")
    parser.add_argument("role", choices=["source", "pythagoras", "tally", "yes", "judge"])
    parser.add_argument("host", help="where to wait ('*': everywhere), or whom to call")
    parser.add_argument("prefixes", nargs="*", help="judge: which quarters, as 01 10 11")
    parser.add_argument("--folder", type=Path, default="/tmp/pi", help="of the keys (/tmp/pi)")
    parser.add_argument(
        "--points", type=int, default=2000, help="source and tally: how many (2000)"
    )
    parser.add_argument("--seed", type=int, help="source: the same points each time")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main(args))
    except (OSError, zmq.ZMQError) as error:
        sys.exit(f"{args.role}: {error}")
