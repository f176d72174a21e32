#!/usr/bin/env python3
"""What does not exist is never in the cache, so it costs the slow question each time. Or not.

python3 cache_negative.py h2                 a hundred requests for somebody unknown
python3 cache_negative.py h2 --remember 30   "nobody" is an answer as well, for 30 seconds
"""

import argparse
import sys
from contextlib import suppress

from valkey import Valkey, ValkeyError

DATABASE = {"brandon": "Brandon", "guido": "Guido"}
NOBODY = "\0"  # what stands in the cache for "asked, and there is none"; no name is so
questions: list[str] = []


def database(name: str) -> str | None:
    questions.append(name)
    return DATABASE.get(name)


def user(cache: Valkey, name: str, remember: int) -> str | None:
    value = cache.get(f"user:{name}")
    if value is not None:
        return None if value == NOBODY else str(value)
    found = database(name)
    if found is not None:
        cache.set(f"user:{name}", found, ex=3600)
    elif remember:
        cache.set(f"user:{name}", NOBODY, ex=remember)
    return found


def main(args: argparse.Namespace) -> None:
    cache = Valkey(args.host, args.port, decode_responses=True, socket_timeout=5)
    for name in ["brandon", "nobody"]:
        cache.delete(f"user:{name}")
        questions.clear()
        for _ in range(100):
            answer = user(cache, name, args.remember)
        print(f"{name}: {answer}; requests: 100, questions to the database: {len(questions)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask again and again for what does not exist.")
    parser.add_argument("host", help="where valkey runs")
    parser.add_argument("--remember", type=int, default=0, metavar="SECONDS", help="that nobody is")
    parser.add_argument("-p", "--port", type=int, default=6379, help="TCP port (6379)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args)
    except (OSError, ValkeyError) as error:
        sys.exit(f"the valkey at {args.host} does not answer: {error}")
