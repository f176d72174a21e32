#!/usr/bin/env python3
"""Twenty ask for the same thing while it is not in the cache: a stampede, and two cures.

python3 cache_valkey.py h2                 everybody does the slow work
python3 cache_valkey.py h2 --cure lock     one does it, the others wait
python3 cache_valkey.py h2 --cure early    one does it *before* the old value has expired
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from valkey import Valkey, ValkeyError

KEY, LOCK, LIFETIME = "report", "lock:report", 60  # seconds
computed: list[str] = []


def slow_report() -> str:
    computed.append(f"report {len(computed) + 1}")
    report = computed[-1]
    time.sleep(1)  # stands for a minute in the database
    return report


def plain(cache: Valkey) -> str:
    if (value := cache.get(KEY)) is None:
        value = slow_report()
        cache.set(KEY, value, ex=LIFETIME)
    return str(value)


def locked(cache: Valkey) -> str:
    if (value := cache.get(KEY)) is None:
        # The lock expires, too: whoever took it may have died.
        with cache.lock(LOCK, timeout=30):
            value = plain(cache)  # looks once more: somebody else may have been first
    return str(value)


def early(cache: Valkey) -> str:
    value = cache.get(KEY)
    if value is None:
        return locked(cache)
    ends_soon = cache.ttl(KEY) < LIFETIME / 4
    if ends_soon and cache.set(LOCK, "mine", nx=True, ex=30):  # nx: only if nobody has it
        value = slow_report()
        cache.set(KEY, value, ex=LIFETIME)
        cache.delete(LOCK)
    return str(value)


def main(args: argparse.Namespace) -> None:
    cures: dict[str, Callable[[Valkey], str]]
    cures = {"none": plain, "lock": locked, "early": early}
    ask = cures[args.cure]
    cache = Valkey(args.host, args.port, decode_responses=True, socket_timeout=60)
    cache.delete(KEY, LOCK)
    if args.cure == "early":
        cache.set(KEY, "the old report", ex=LIFETIME // 6)
    with ThreadPoolExecutor(args.askers) as pool:
        answers = Counter(pool.map(lambda _: ask(cache), range(args.askers)))
    old = answers["the old report"]
    print("asked:", args.askers)
    print("got the old report at once:", old)
    print("waited for a new one:", args.askers - old)
    print("did the slow work:", len(computed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Let many ask at once for what is not cached.")
    parser.add_argument("host", help="where valkey runs")
    parser.add_argument("--cure", choices=["none", "lock", "early"], default="none")
    parser.add_argument("--askers", type=int, default=20, help="how many at once (20)")
    parser.add_argument("-p", "--port", type=int, default=6379, help="TCP port (6379)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args)
    except (OSError, ValkeyError) as error:
        sys.exit(f"the valkey at {args.host} does not answer: {error}")
