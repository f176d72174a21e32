#!/usr/bin/env python3
"""Many messages in one stream: each is preceded by its length, and an empty one says goodbye.

    python3 blocks.py ''              the server: serves one client and ends
    python3 blocks.py -c HOST         the client, on this or on another machine

Without HOST both use this machine alone. '' is every IPv4 address, '::' every address.
"""

import argparse
import socket
import struct
import sys
from contextlib import suppress

LENGTH = struct.Struct("!I")  # four bytes, the most significant first
LIMIT = 100_000  # the peer may announce up to 4 GiB; we do not have to believe it
LINES = [
    b"Beautiful is better than ugly.",
    b"Explicit is better than implicit.",
    b"Simple is better than complex.",
]


def recv_exactly(sock: socket.socket, length: int) -> bytes:
    data = b""
    while missing := length - len(data):
        more = sock.recv(missing)
        if not more:
            raise EOFError(f"the stream ended inside a block: {missing} bytes are missing")
        data += more
    return data


def get_block(sock: socket.socket) -> bytes:
    """The next block; empty if the other side has said goodbye."""
    first = sock.recv(1)
    if not first:
        raise EOFError("the stream ended between two blocks, and without a goodbye")
    (length,) = LENGTH.unpack(first + recv_exactly(sock, LENGTH.size - 1))
    if length > LIMIT:
        raise ValueError(f"a block of {length:,} bytes is announced; {LIMIT:,} is the limit here")
    return recv_exactly(sock, length)


def put_block(sock: socket.socket, message: bytes) -> None:
    sock.sendall(LENGTH.pack(len(message)) + message)  # together: one write, one packet


def server(host: str, port: int) -> None:
    v6 = ":" in host
    family = socket.AF_INET6 if v6 else socket.AF_INET
    with socket.create_server((host, port), family=family, dualstack_ipv6=v6) as listener:
        print("Run this script in another window with -c to connect")
        print("Listening at", listener.getsockname(), flush=True)
        sock, address = listener.accept()
    with sock:
        print("Accepted connection from", address, flush=True)
        sock.shutdown(socket.SHUT_WR)  # this end only listens
        while block := get_block(sock):
            print("Block says:", repr(block), flush=True)
    print("Goodbye received, and nothing is missing", flush=True)


def client(host: str, port: int) -> None:
    with socket.create_connection((host, port)) as sock:
        sock.shutdown(socket.SHUT_RD)  # this end only speaks
        for line in [*LINES, b""]:
            put_block(sock, line)
            print(f"Sent a block of {LENGTH.size} + {len(line)} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send three blocks, each with its length.")
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="listen here, or call there")
    parser.add_argument("-c", action="store_true", help="be the client")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.c else server)(args.host, args.p)
    except (EOFError, ValueError) as error:
        sys.exit(f"Broken conversation: {error}")
    except OSError as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
