#!/usr/bin/env python3
"""All messages, once each and in order, over a network that loses and reorders.

    www$ python3 udp_reliable.py receive '' --loss 0.2
    h1$ python3 udp_reliable.py send www.example.com --loss 0.2 --window 8 --reorder 0.2

--window is how many may be on their way at the same time; 1 is "stop and wait".
"""

import argparse
import itertools
import socket
import struct
import sys
import time
from collections import Counter
from contextlib import suppress

from lossy_wire import Address, Wire

NUMBERS = struct.Struct("!II")  # there: number, total; back: all before this one, and that one
TIMEOUT = 0.05  # seconds until a message that is not acknowledged is sent again
PATIENCE = 5.0  # seconds without any answer


def send(wire: Wire, receiver: Address, count: int, window: int) -> None:
    begun = heard = time.monotonic()
    first = sent = 0  # the first that is not acknowledged
    acknowledged: set[int] = set()
    due: dict[int, float] = {}  # when to send a message again
    while first < count:
        now = time.monotonic()
        if now - heard > PATIENCE:
            sys.exit("I think the receiver is down")
        open_ones = [n for n in range(first, min(first + window, count)) if n not in acknowledged]
        for number in open_ones:
            if due.get(number, 0.0) <= now:
                wire.send(NUMBERS.pack(number, count) + b"message %d" % number, receiver)
                due[number] = now + TIMEOUT
                sent += 1
        wire.sock.settimeout(max(0.001, min(due[number] for number in open_ones) - now))
        with suppress(TimeoutError):
            before, this = NUMBERS.unpack(wire.sock.recv(100))
            heard = time.monotonic()
            acknowledged.update(range(before), [this])
        first = next(n for n in itertools.count(first) if n not in acknowledged)
    print(f"{count} messages took {sent} datagrams and {time.monotonic() - begun:.2f} seconds")


def receive(wire: Wire) -> None:
    print("Listening at", wire.sock.getsockname(), flush=True)
    inboxes: dict[Address, dict[int, bytes]] = {}
    twice: Counter[Address] = Counter()
    while True:
        data, address = wire.sock.recvfrom(65535)
        number, count = NUMBERS.unpack_from(data)
        inbox = inboxes.setdefault(address, {})
        twice[address] += number in inbox
        if number not in inbox:
            inbox[number] = data[NUMBERS.size :]
            if len(inbox) == count:
                print(f"All {count} messages are here; {twice[address]} came twice", flush=True)
        before = next(n for n in itertools.count() if n not in inbox)
        wire.send(NUMBERS.pack(before, number), address)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send numbered messages until all have arrived.")
    parser.add_argument("role", choices=["send", "receive"])
    parser.add_argument("host", help="receive: interface to listen at; send: the receiver")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--count", type=int, default=40, help="send: how many messages (40)")
    parser.add_argument("--window", type=int, default=1, help="send: how many at a time (1)")
    parser.add_argument("--loss", type=float, default=0.0, help="share of datagrams to lose")
    parser.add_argument("--reorder", type=float, default=0.0, help="share to send one later")
    parser.add_argument("--seed", type=int, help="lose the same ones each time")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        wire = Wire(udp, args.loss, args.reorder, args.seed)
        if args.role == "receive":
            udp.bind((args.host, args.p))
            receive(wire)
        else:
            send(wire, (socket.gethostbyname(args.host), args.p), args.count, args.window)
