#!/usr/bin/env python3
"""Several calls in one request: one round trip instead of three.

python3 xmlrpc_multicall.py http://www.example.com:7001/RPC2
"""

import argparse
import sys
from contextlib import suppress
from xmlrpc.client import Error, MultiCall, ServerProxy


def main(url: str) -> None:
    with ServerProxy(url) as proxy:
        calls = MultiCall(proxy)
        calls.addtogether("a", "b", "c")
        calls.quadratic(2, -4, 0)
        calls.remote_repr([1, 2.0, "three"])
        for result in iter(calls()):  # now, and no sooner, something is sent
            print(result)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Several calls in one request.")
    parser.add_argument("url", help="http://HOST:7001/RPC2")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url)
        except (OSError, Error) as error:
            sys.exit(f"{args.url}: {error}")
