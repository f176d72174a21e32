#!/usr/bin/env python3
"""Send and receive bodies of any length with little memory: piece by piece.

    python3 stream_body.py http://www.example.com --megabytes 20

The request's body is made while it is sent, so its length isn't known in advance: it goes in
chunks. The answer is counted while it comes.
"""

import argparse
import resource
import sys
from collections.abc import Iterator

import httpx2

LINE = b"I shall not hold the whole body in memory.\n"


def body(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield LINE * (1_000_000 // len(LINE))


def memory() -> int:
    """The most that this process has needed so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(base: str, megabytes: int) -> None:
    with httpx2.Client(base_url=base, timeout=30) as client:
        client.get("/get")  # so that all is loaded that will be needed
        before, length = memory(), 0
        with client.stream("PUT", "/anything", content=body(megabytes)) as response:
            response.raise_for_status()
            print("> Transfer-Encoding:", response.request.headers["Transfer-Encoding"])
            for piece in response.iter_bytes():
                length += len(piece)
    more = "less than a third of that" if memory() - before < length / 3e6 else "too much"
    print(f"{length / 1e6:.0f} million bytes came back; memory for it: {more}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stream a body there and back.")
    parser.add_argument("base", help="a server with httpbin")
    parser.add_argument("--megabytes", type=int, default=20, help="how much to send (20)")
    args = parser.parse_args()
    try:
        main(args.base, args.megabytes)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        sys.exit(f"{args.base}: {str(error).splitlines()[0]}")
