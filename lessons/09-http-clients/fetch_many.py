#!/usr/bin/env python3
"""A hundred small resources: a connection for each, one for all, a pool, and HTTP/2.

python3 fetch_many.py https://www.example.com/delay/0.02
"""

import argparse
import asyncio
import sys
import time
from contextlib import suppress

import httpx2

WAYS = {  # HTTP/2 or not; how many connections; how many of them are kept for the next request
    "a connection for each": (False, 1, 0),
    "one connection": (False, 1, 1),
    "a pool of ten": (False, 10, 10),
    "HTTP/2, one connection": (True, 1, 1),
}


async def fetch_all(url: str, count: int, http2: bool, most: int, kept: int) -> set[object]:
    """Fetch *url* *count* times; the local ends of the connections that were used."""
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=kept)
    used = set[object]()

    async def fetch(number: int) -> None:
        async with busy, client.stream("GET", url, params={"n": number}) as response:
            response.raise_for_status()
            stream = response.extensions["network_stream"]
            used.add(stream.get_extra_info("client_addr"))
            await response.aread()

    # Without a bound, ten thousand requests would mean ten thousand open files, or worse.
    busy = asyncio.Semaphore(100 if http2 else most)
    client = httpx2.AsyncClient(http2=http2, limits=limits, timeout=30)
    async with client, asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(fetch(number))
    return used


def main(url: str, count: int) -> None:
    for name, way in WAYS.items():
        begun = time.perf_counter()
        used = asyncio.run(fetch_all(url, count, *way))
        seconds = time.perf_counter() - begun
        print(f"{name:24}{len(used):4} connections {seconds:8.2f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch a resource many times, in four ways.")
    parser.add_argument("url", help="something small, on a server of yours")
    parser.add_argument("--count", type=int, default=100, help="how many times (100)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.count)
        except* (httpx2.HTTPError, httpx2.InvalidURL) as group:
            sys.exit(f"{args.url}: {str(group.exceptions[0]).splitlines()[0]}")
