#!/usr/bin/env python3
"""Four ways to end a conversation, and what the other end sees of each.

    python3 tcp_close.py server ''
    python3 tcp_close.py client HOST half       I have said everything, but I still listen
    python3 tcp_close.py client HOST full       I have said everything, and I have gone
    python3 tcp_close.py client HOST reset      forget this conversation, at once
    python3 tcp_close.py client HOST unread     closed before everything was read

The server is the other end: it prints what its calls return, or raise.
"""

import argparse
import select
import socket
import struct
import sys
from contextlib import suppress

WAYS = ["half", "full", "reset", "unread"]


def attempt(sock: socket.socket, call: str) -> bool:
    """Tries recv or send, says what came of it, and whether the conversation goes on."""
    try:
        result = sock.recv(100) if call == "recv" else sock.send(b"Is that all?")
    except OSError as error:
        print(f"  {call} raised {type(error).__name__}: {error}", flush=True)
        return False
    print(f"  {call} returned {result!r}", flush=True)
    return result != b""


def serve_one(sock: socket.socket) -> None:
    sock.sendall(b"I am listening.")
    while attempt(sock, "recv"):
        pass
    if attempt(sock, "send"):
        answer = select.poll()  # wait until the client's machine has sent a reset ...
        answer.register(sock, 0)  # ... which counts as an error: poll() always reports those
        if answer.poll(1000):
            attempt(sock, "send")


def server(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, address = listener.accept()
            print("A client at", address, flush=True)
            with suppress(OSError), sock:
                serve_one(sock)
            print("  closed", flush=True)


def client(host: str, port: int, how: str) -> None:
    sock = socket.create_connection((host, port))
    sock.recv(1 if how == "unread" else 100)
    sock.sendall(b"Good morning.")
    if how == "half":
        sock.shutdown(socket.SHUT_WR)
        print("I have shut down my half. The server says", repr(sock.recv(100)))
    elif how == "reset":
        no_waiting = struct.pack("ii", 1, 0)  # struct linger: switched on, zero seconds
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_waiting)
    sock.close()
    print("I have closed my socket")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="End TCP conversations in different ways.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("how", nargs="?", choices=WAYS, default="full", help="client: the ending")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            if args.role == "client":
                client(args.host, args.p, args.how)
            else:
                server(args.host, args.p)
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
