#!/usr/bin/env python3
"""The same file by FTP, FTPS, SFTP and HTTPS: how many connections, how many packets?

    python3 sftp_vs_ftps.py ftp://HOST/PATH ftps://… sftp://USER@… https://…

It reads the kernel's counters, which count for the whole computer: let nothing else run.
"""

import argparse
import hashlib
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from four_ways import WAYS


def counters() -> dict[str, int]:
    """The Tcp lines of /proc/net/snmp: one with names, and one with their numbers."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, numbers = (line.split()[1:] for line in lines if line.startswith("Tcp:"))
    return dict(zip(names, map(int, numbers), strict=True))


def main(urls: list[SplitResult]) -> None:
    print("        connections    out     in  sha256")
    for url in urls:
        before = counters()
        try:
            content = WAYS[url.scheme](url)
        except Exception as error:  # four libraries, each with errors of its own
            sys.exit(f"{url.geturl()}: {error}")
        now = counters()
        opened, sent, got = (now[n] - before[n] for n in ("ActiveOpens", "OutSegs", "InSegs"))
        digest = hashlib.sha256(content).hexdigest()[:16]
        print(f"{url.scheme:10} {opened:8} {sent:6} {got:6}  {digest}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compare four ways to fetch a file.")
    parser.add_argument("url", nargs="+", type=urlsplit, help="ftp:, ftps:, sftp: or https:")
    args = parser.parse_args()
    if strange := {url.scheme for url in args.url} - WAYS.keys():
        parser.error(f"no way to fetch {strange.pop()!r} URLs; there are {', '.join(WAYS)}")
    with suppress(KeyboardInterrupt):
        main(args.url)
