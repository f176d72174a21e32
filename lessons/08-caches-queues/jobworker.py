#!/usr/bin/env python3
"""A worker for jobqueue.py: each job at least once, whatever happens to a worker.

    python3 jobworker.py h2 anna --crash 2      dies in its second job
    python3 jobworker.py h2 bert                does the rest, and what anna has left undone

A job stays on the server's list of those in somebody's hands until it is acknowledged.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress

from jobqueue import DEAD, GROUP, JOBS, connect
from valkey import Valkey, ValkeyError

TRIES, PATIENCE = 3, 1000  # deliveries of a job; milliseconds until another worker may take it
Job = tuple[str, str, int]  # its id, the amount, how many times it has been handed out


def jobs(queue: Valkey, me: str) -> Iterator[Job]:
    """New jobs, then those that somebody has had for too long, until all are acknowledged."""
    while True:
        new = queue.xreadgroup(GROUP, me, {JOBS: ">"}, count=1, block=PATIENCE // 4)
        old = [] if new else queue.xautoclaim(JOBS, GROUP, me, PATIENCE, count=1)[1]
        for job, fields in new[0][1] if new else old:
            for entry in queue.xpending_range(JOBS, GROUP, job, job, 1):  # or acknowledged by now
                yield job, fields["amount"], entry["times_delivered"]
        if not new and not old and not queue.xpending(JOBS, GROUP)["pending"]:
            return


def pay(queue: Valkey, job: str, amount: int) -> None:
    queue.incrby("counter", amount)  # done twice, it counts twice
    queue.hset("ledger", job, amount)  # done twice, it is as if done once: idempotent


def work(queue: Valkey, me: str, crash: int) -> None:
    for number, (job, amount, tries) in enumerate(jobs(queue, me), start=1):
        note = f"{me}: pay {amount}" + (f", try {tries}" if tries > 1 else "")
        try:
            pay(queue, job, int(amount))
            print(f"{note}: done", flush=True)
        except ValueError as error:
            print(f"{note}: {error}", flush=True)
            if tries < TRIES:
                continue  # no acknowledgement, so it will come again
            queue.xadd(DEAD, {"amount": amount, "error": str(error)})
            print(f"{me}: {TRIES} tries are enough, {amount} is put aside", flush=True)
        if number == crash:
            print(f"{me}: the power fails", flush=True)
            os._exit(1)  # as in life: nothing is tidied up
        queue.xack(JOBS, GROUP, job)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Do the jobs of a queue.")
    parser.add_argument("host", help="where valkey runs")
    parser.add_argument("name", help="of this worker")
    parser.add_argument("--crash", type=int, default=0, metavar="N", help="die in the N-th job")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            work(connect(args.host), args.name, args.crash)
    except (OSError, ValkeyError) as error:
        sys.exit(f"the valkey at {args.host} does not answer: {error}")
