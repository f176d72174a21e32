#!/usr/bin/env python3
"""Cache-aside: look into the cache first, do the slow work only if nothing is there.

    python3 squares.py h2                       memcached on h2, port 11211
    python3 squares.py h2 --backend valkey      the same with valkey, port 6379

Run it twice, or on two machines: the cache remembers what the first one has computed.
"""

import argparse
import json
import random
import sys
import time
from contextlib import suppress
from typing import Any

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError
from valkey import Valkey, ValkeyError

KEYS = 5001  # the numbers from 0 to 5000


class Json:
    """How values become bytes. (A pickle out of a cache could be anybody's program.)"""

    def serialize(self, key: str, value: object) -> tuple[bytes, int]:
        return json.dumps(value).encode(), 0

    def deserialize(self, key: str, data: bytes, flags: int) -> object:
        return json.loads(data)


def connect(backend: str, host: str, port: int | None) -> Any:
    """A cache with get() and set()."""
    if backend == "memcached":
        # no_delay: set() waits for no answer, so the next get() is a second small write.
        options = {"serde": Json(), "no_delay": True, "connect_timeout": 5, "timeout": 5}
        return Client((host, port or 11211), **options)
    return Valkey(host, port or 6379, decode_responses=True, socket_timeout=5)


def slow_square(n: int) -> int:
    time.sleep(0.001)  # stands for a query, a picture, a far-away service
    return n * n


def square(cache: Any, n: int) -> tuple[int, bool]:
    """The square of n, and whether it was in the cache."""
    value = cache.get(f"sq:{n}")
    if value is not None:
        return int(value), True
    result = slow_square(n)
    cache.set(f"sq:{n}", result)
    return result, False


def main(args: argparse.Namespace) -> None:
    cache = connect(args.backend, args.host, args.port)
    numbers = random.Random(args.seed)
    for run in range(1, 11):
        begun, hits = time.perf_counter(), 0
        for _ in range(args.requests):
            n = numbers.randrange(KEYS)
            result, hit = square(cache, n)
            hits += hit
            if result != n * n:
                sys.exit(f"the cache says that the square of {n} is {result}")
        seconds = time.perf_counter() - begun
        print(
            f"Run {run:2}: {hits:4} of {args.requests} from the cache, {seconds:.2f} s", flush=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Square numbers slowly, with a cache in front.")
    parser.add_argument("host", help="where the cache server runs")
    parser.add_argument("--backend", choices=["memcached", "valkey"], default="memcached")
    parser.add_argument("-p", "--port", type=int, help="TCP port (11211, or 6379 for valkey)")
    parser.add_argument("--requests", type=int, default=2000, help="per run (2000)")
    parser.add_argument("--seed", type=int, help="ask for the same numbers each time")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args)
    except (OSError, MemcacheError, ValkeyError) as error:
        sys.exit(f"the {args.backend} at {args.host} does not answer: {error}")
