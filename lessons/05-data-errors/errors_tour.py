#!/usr/bin/env python3
"""Many ways in which a conversation can fail, and the exception that Python makes of each.

    python3 errors_tour.py server ''            on one machine
    python3 errors_tour.py client HOST          on another

The server misbehaves as the client asks. Nobody should listen at the port above its own
(1061), and a firewall should throw away what is for the next one (1062).
"""

import argparse
import errno
import select
import socket
import struct
import sys
from contextlib import suppress

NO_WAITING = struct.pack("ii", 1, 0)  # struct linger: switched on, zero seconds


def server(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, _address = listener.accept()
            with sock, suppress(OSError):
                wish = sock.recv(100)
                print("A client asks for", wish, flush=True)
                if wish == b"reset":  # close() will say "forget it" instead of "that was all"
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_WAITING)
                elif wish == b"silence":
                    sock.recv(100)  # until the client goes away


def ask(address: tuple[str, int], wish: bytes) -> bytes:
    with socket.create_connection(address, timeout=1) as sock:
        sock.sendall(wish)
        answer = sock.recv(100)
        if wish == b"an end, and talks on":
            sock.sendall(b"Are you there?")  # goes well: the kernel has taken it
            waiting = select.poll()
            waiting.register(sock, 0)  # until the other machine has said that nobody is there
            waiting.poll(1000)
            sock.sendall(b"Hello?")
        return answer


def client(host: str, port: int, nowhere: str) -> None:
    tour = [
        ("no such name", ("no-such-name.example.com", port), b""),
        ("nobody listens", (host, port + 1), b""),
        ("a firewall drops", (host, port + 2), b""),
        ("no way there", (nowhere, port), b""),
        ("silence", (host, port), b"silence"),
        ("a reset", (host, port), b"reset"),
        ("an end", (host, port), b"an end"),
        ("writing after the end", (host, port), b"an end, and talks on"),
    ]
    for what, address, wish in tour:
        try:
            print(f"{what:22} no exception; recv returned {ask(address, wish)!r}")
        except socket.gaierror as error:  # has numbers of its own
            print(f"{what:22} {'gaierror':23} {error.errno!s:13} {error.strerror}")
        except OSError as error:
            number = errno.errorcode[error.errno] if error.errno else "-"
            print(f"{what:22} {type(error).__name__:23} {number:13} {error.strerror or error}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Provoke network errors.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--nowhere", metavar="ADDRESS", default="192.0.2.1", help="no way there")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            if args.role == "server":
                server(args.host, args.p)
            else:
                client(args.host, args.p, args.nowhere)
    except OSError as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
