#!/usr/bin/env python3
"""A queue of payments in valkey: put some in, and see what has become of them.

    python3 jobqueue.py h2 add 10 20 oops 30      four payments, one of them nonsense
    python3 jobqueue.py h2 status

A job is an entry of a stream. jobworker.py does the work.
"""

import argparse
import sys
from contextlib import suppress

from valkey import ResponseError, Valkey, ValkeyError

JOBS, GROUP, DEAD = "jobs", "workers", "jobs:dead"


def connect(host: str) -> Valkey:
    """The server, with the group of workers that share the stream's entries."""
    queue = Valkey(host, decode_responses=True, socket_timeout=30)
    try:
        queue.xgroup_create(JOBS, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):  # that is: it is there already
            raise
    return queue


def add(queue: Valkey, amounts: list[str]) -> None:
    for amount in amounts:
        queue.xadd(JOBS, {"amount": amount})
    print(f"{len(amounts)} jobs added")


def status(queue: Valkey) -> None:
    print("in the stream:", queue.xlen(JOBS))
    print("handed out, not acknowledged:", queue.xpending(JOBS, GROUP)["pending"])
    print("put aside:", [fields["amount"] for _, fields in queue.xrange(DEAD)])
    print("the counter says", queue.get("counter") or 0)
    print("the ledger says", sum(map(int, queue.hvals("ledger"))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A queue of payments.")
    parser.add_argument("host", help="where valkey runs")
    parser.add_argument("role", choices=["add", "status"])
    parser.add_argument("amounts", nargs="*", help="what to pay")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            queue = connect(args.host)
            add(queue, args.amounts) if args.role == "add" else status(queue)
    except (OSError, ValkeyError) as error:
        sys.exit(f"the valkey at {args.host} does not answer: {error}")
