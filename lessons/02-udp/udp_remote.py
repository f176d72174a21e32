#!/usr/bin/env python3
"""Requests that get lost: the client asks again, and waits twice as long each time.

    www$ python3 udp_remote.py server ''
    h1$ python3 udp_remote.py client www.example.com

The server pretends to lose half of the requests (--drop; --seed loses the same each time).
"""

import argparse
import random
import socket
import sys
from contextlib import suppress

MAX_BYTES = 65535
FIRST_WAIT = 0.1  # seconds; then 0.2, 0.4, 0.8, 1.6


def server(interface: str, port: int, drop: float, seed: int | None) -> None:
    dice = random.Random(seed)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((interface, port))
    print("Listening at", sock.getsockname(), flush=True)
    while True:
        data, address = sock.recvfrom(MAX_BYTES)
        if dice.random() < drop:
            print(f"Pretending to drop packet from {address}", flush=True)
            continue
        text = data.decode("ascii", errors="replace")
        print(f"The client at {address} says {text!r}", flush=True)
        number, colon, _ = text.rpartition(":")  # "3:This is ..." gets "3:Your data ..."
        answer = f"{number}{colon}Your data was {len(data)} bytes long"
        sock.sendto(answer.encode("ascii", errors="replace"), address)


def client(host: str, port: int, retries: int, numbered: bool) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, port))
    print("Client socket name is", sock.getsockname())
    wait = FIRST_WAIT
    for attempt in range(retries + 1):
        mark = f"{attempt}:" if numbered else ""
        sock.send(f"{mark}This is another message".encode("ascii"))
        print(f"Waiting up to {wait:.1f} seconds for a reply", flush=True)
        sock.settimeout(wait)
        with suppress(TimeoutError):
            while True:
                answer = sock.recv(MAX_BYTES).decode("ascii", errors="replace")
                if answer.startswith(mark):
                    print(f"The server says {answer.removeprefix(mark)!r}")
                    return
                print(f"Too late: {answer!r}")
        wait *= 2  # the network may be overloaded: asking as often as before would make it worse
    sys.exit("I think the server is down")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send and receive UDP, pretending to lose some.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--drop", type=float, default=0.5, help="server: share to lose (0.5)")
    parser.add_argument("--seed", type=int, help="server: lose the same ones each time")
    parser.add_argument("--retries", type=int, default=4, help="client: how often to ask again (4)")
    parser.add_argument("--numbered", action="store_true", help="client: number the requests")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        if args.role == "server":
            server(args.host, args.p, args.drop, args.seed)
        else:
            try:
                client(args.host, args.p, args.retries, args.numbered)
            except OSError as error:
                sys.exit(f"{args.host} port {args.p}: {error.strerror}")
