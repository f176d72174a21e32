#!/usr/bin/env python3
"""Ask the three questions in random order; works with every server of this chapter.

    python3 client.py HOST
    python3 client.py HOST -e                         breaks off in the middle of a question
    python3 client.py HOST --parallel 8 --count 100   eight connections, 100 rounds on each

The exit status is 0 if all answers were right.
"""

import argparse
import random
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from zen_utils import ANSWERS


def receive_until(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):  # enough here: we never have two questions open
        more = sock.recv(4096)
        if not more:
            raise EOFError(f"received {data!r} then socket closed")
        data += more
    return data


def talk(args: argparse.Namespace) -> int:
    """The number of right answers on one connection."""
    right = 0
    with socket.create_connection((args.host, args.p), timeout=30) as sock:
        for _ in range(args.count):
            for question in random.sample(list(ANSWERS), len(ANSWERS)):
                time.sleep(args.think)
                sock.sendall(question)
                answer = receive_until(sock, b".")
                right += answer == ANSWERS[question]
                if args.count == args.parallel == 1:
                    print(question, answer)
    return right


def main(args: argparse.Namespace) -> None:
    if args.e:
        with socket.create_connection((args.host, args.p)) as sock:
            sock.sendall(next(iter(ANSWERS)).rstrip(b"?"))
        return
    with ThreadPoolExecutor(args.parallel) as pool:
        right = sum(pool.map(talk, [args] * args.parallel))
    wanted = args.parallel * args.count * len(ANSWERS)
    if wanted > len(ANSWERS):
        print(f"{right} of {wanted} answers are right")
    sys.exit(right != wanted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask a server of this chapter.")
    parser.add_argument("host", metavar="HOST", help="IP or hostname of the server")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("-e", action="store_true", help="cause an error")
    parser.add_argument("--count", metavar="N", type=int, default=1, help="rounds of questions")
    parser.add_argument("--parallel", metavar="N", type=int, default=1, help="connections")
    parser.add_argument("--think", metavar="S", type=float, default=0.0, help="wait before each")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args)
    except (EOFError, OSError, OverflowError, ValueError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
