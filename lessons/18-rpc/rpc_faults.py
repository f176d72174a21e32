#!/usr/bin/env python3
"""The same call fails in six systems: how that is called, and what a repetition does.

python3 rpc_faults.py www.example.com
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import grpc
from faults_calls import SYSTEMS


def name_of(error: Exception) -> str:
    return str(error.code().name if isinstance(error, grpc.RpcError) else type(error).__name__)


def compare(name: str, host: str, port: int) -> str:
    """Pay ten; no answer comes; pay again. From one purse with two keys, from one with one."""
    failures, paid = set(), []
    for first, again in (("a", "b"), ("c", "c")):
        purse = uuid4().hex
        try:
            SYSTEMS[name](host, port, purse, first)
        except Exception as error:  # which one is what we want to know
            failures.add(name_of(error))
        paid.append(SYSTEMS[name](host, port, purse, again))
    return f"{name:12} {' '.join(failures):18} {paid[0]:7} {paid[1]:9}"


def main(host: str, port: int) -> None:
    print("system       the time-out       new key  same key")
    with ThreadPoolExecutor() as pool:
        for line in pool.map(lambda name: compare(name, host, port), SYSTEMS):
            print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Lose answers in six systems, and ask again.")
    parser.add_argument("host", help="where faults_server.py runs")
    parser.add_argument(
        "-p", metavar="PORT", type=int, default=7100, help="the first of four (7100)"
    )
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.p)
        except Exception as error:
            sys.exit(f"{args.host} port {args.p}: {name_of(error)} {error}")
