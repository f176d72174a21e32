#!/usr/bin/env python3
"""Three ways to decide which of four servers keeps a key, and how even each of them is.

    python3 hashing.py                          the words of words.txt
    python3 hashing.py /usr/share/dict/words    other words, one a line
    python3 hashing.py --where tree             only: which server has this word?

Run the last one twice: one of the three ways changes its mind.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

SERVERS = ["server0", "server1", "server2", "server3"]


def alpha_shard(word: str) -> str:
    """By the alphabet, in four equal parts."""
    for server, end in zip(SERVERS, ["g", "n", "t"], strict=False):
        if word < end:
            return server
    return SERVERS[-1]


def hash_shard(word: str) -> str:
    """By Python's own hash()."""
    return SERVERS[hash(word) % len(SERVERS)]


def md5_shard(word: str) -> str:
    """By the last byte of an MD5 digest: old, broken as a signature, fine for dealing cards."""
    digest = hashlib.md5(word.encode("utf-8"), usedforsecurity=False).digest()
    return SERVERS[digest[-1] % len(SERVERS)]


WAYS: dict[str, Callable[[str], str]] = {
    "alpha": alpha_shard,
    "hash": hash_shard,
    "md5": md5_shard,
}


def table(words: list[str], shard: Callable[[str], str]) -> list[str]:
    counts = Counter(map(shard, words))
    return [f"   {name} {counts[name]:6} {counts[name] / len(words):5.2f}" for name in SERVERS]


if __name__ == "__main__":
    here = Path(__file__).with_name("words.txt")
    parser = argparse.ArgumentParser(description="Deal words out to four servers.")
    parser.add_argument("path", nargs="?", type=Path, default=here, help="words, one a line")
    parser.add_argument("--where", metavar="WORD", help="only show who has this word")
    args = parser.parse_args()
    if args.where:
        for name, shard in WAYS.items():
            print(f"{name:5} {shard(args.where.lower())}")
        sys.exit()
    try:
        words = args.path.read_text(encoding="utf-8").lower().split()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"cannot read {args.path}: {error}")
    if not words:
        sys.exit(f"there are no words in {args.path}")
    for name, shard in WAYS.items():
        print(name, *table(words, shard), "", sep="\n")
