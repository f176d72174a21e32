#!/usr/bin/env python3
"""What two small writes cost, and two ways not to pay it.

    python3 tcp_nagle.py server ''
    python3 tcp_nagle.py client HOST

Nagle's algorithm holds the second write back until the first is acknowledged; the other side
delays its acknowledgement, because an answer might soon go the same way.
"""

import argparse
import socket
import statistics
import sys
import time
from contextlib import suppress


def server(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, address = listener.accept()
            print("Answering", address, flush=True)
            with suppress(OSError), sock, sock.makefile("rb") as lines:
                while lines.readline() and lines.readline():  # a question has two lines
                    sock.sendall(b"answer\n")


def ask(sock: socket.socket, pieces: list[bytes]) -> float:
    """Milliseconds that a typical question took whose pieces were written one by one."""
    times = []
    with sock.makefile("rb") as lines:
        for _ in range(30):
            begun = time.perf_counter()
            for piece in pieces:
                sock.sendall(piece)
            if not lines.readline():
                raise EOFError("the server has gone")
            times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def client(host: str, port: int) -> None:
    question = [b"question\n", b"details\n"]
    ways = [
        ("two writes", question, 0),
        ("two writes, TCP_NODELAY", question, 1),
        ("one write", [b"".join(question)], 0),
    ]
    for name, pieces, no_delay in ways:
        with socket.create_connection((host, port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, no_delay)
            print(f"{name:<23} {ask(sock, pieces):6.2f} ms a question", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time questions that are written in pieces.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args.host, args.p)
    except (EOFError, OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
