#!/usr/bin/env python3
"""A fifth server joins. How many keys must move? Modulo against two consistent ways.

python3 consistent.py                 the words of words.txt, from 4 servers to 5
python3 consistent.py --points 1      a ring with one point a server: how uneven it is
"""

import argparse
import bisect
import hashlib
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path


def number(text: str) -> int:
    """The same large number on every machine and in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def modulo(key: str, servers: list[str]) -> str:
    return servers[number(key) % len(servers)]


def rendezvous(key: str, servers: list[str]) -> str:
    """Every server draws a lot for this key, and the highest one wins."""
    return max(servers, key=lambda server: number(f"{server} {key}"))


class Ring:
    """Each server stands at many points of a circle, and has the keys up to the next point."""

    def __init__(self, servers: list[str], points: int) -> None:
        pairs = sorted((number(f"{s} {i}"), s) for s in servers for i in range(points))
        self.places = [place for place, _ in pairs]
        self.owners = [owner for _, owner in pairs]

    def __call__(self, key: str) -> str:
        return self.owners[bisect.bisect(self.places, number(key)) - 1]  # -1: round the circle


def report(name: str, keys: list[str], before: list[str], after: list[str]) -> str:
    moved = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    shuffled = sum(new in set(before) for _, new in moved)
    loads = Counter(after).values()
    return (
        f"{name:10} {len(moved):5} of {len(keys)} move ({len(moved) / len(keys):4.0%}), "
        f"{shuffled:4} between old servers; loads {min(loads)} to {max(loads)}"
    )


if __name__ == "__main__":
    here = Path(__file__).with_name("words.txt")
    parser = argparse.ArgumentParser(description="Count the keys that move when a server joins.")
    parser.add_argument("path", nargs="?", type=Path, default=here, help="keys, one a line")
    parser.add_argument("--servers", type=int, default=4, help="how many before (4)")
    parser.add_argument("--points", type=int, default=200, help="points a server on the ring (200)")
    args = parser.parse_args()
    if args.servers < 1 or args.points < 1:
        parser.error("there must be a server, and a point on the ring")
    try:
        keys = args.path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"cannot read {args.path}: {error}")
    if not keys:
        sys.exit(f"there are no keys in {args.path}")
    new = [f"server{i}" for i in range(args.servers + 1)]
    old = new[:-1]
    rings = Ring(old, args.points), Ring(new, args.points)
    pairs: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
        "modulo": (lambda key: modulo(key, old), lambda key: modulo(key, new)),
        "rendezvous": (lambda key: rendezvous(key, old), lambda key: rendezvous(key, new)),
        "ring": rings,
    }
    for name, (where, where_now) in pairs.items():
        print(report(name, keys, [where(k) for k in keys], [where_now(k) for k in keys]))
