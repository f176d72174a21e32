#!/usr/bin/env python3
"""A reader that is too slow: PUB throws away what has no room, PUSH makes the sender wait.

    python3 slow_subscriber.py                    20 MB, and room for 100 messages at each end
    python3 slow_subscriber.py --high-water 0     as much room as there is memory

The reader begins when the sender has finished, or can send no more.
"""

import argparse
import threading
from contextlib import suppress

import zmq

MESSAGES, SIZE = 20_000, 1000
QUIET = 1000  # milliseconds without a message: that was all


def pair(sender: int, reader: int, high_water: int) -> tuple[zmq.Socket, zmq.Socket]:
    """A socket that sends and one that reads, joined by TCP."""
    context = zmq.Context.instance()
    sending, reading = context.socket(sender), context.socket(reader)
    sending.sndhwm = reading.rcvhwm = high_water
    port = sending.bind_to_random_port("tcp://127.0.0.1")
    if reader == zmq.SUB:
        reading.subscribe("")
    reading.connect(f"tcp://127.0.0.1:{port}")
    if sender == zmq.XPUB:
        sending.recv()  # the subscription has arrived
    return sending, reading


def send_all(sending: zmq.Socket, begin: int = 0) -> None:
    for number in range(begin, MESSAGES):
        sending.send(b"%d" % number + bytes(SIZE))


def read_all(reading: zmq.Socket) -> int:
    count = 0
    while reading.poll(QUIET):
        reading.recv()
        count += 1
    return count


def publish(high_water: int) -> None:
    sending, reading = pair(zmq.XPUB, zmq.SUB, high_water)
    send_all(sending)
    received = read_all(reading)
    print(f"PUB sent {MESSAGES}, without an error")
    print(f"SUB received {received}, so {MESSAGES - received} are lost")


def push(high_water: int) -> None:
    sending, reading = pair(zmq.PUSH, zmq.PULL, high_water)
    sent = 0
    with suppress(zmq.Again):
        while sent < MESSAGES and sending.poll(QUIET, zmq.POLLOUT):
            sending.send(b"%d" % sent + bytes(SIZE), zmq.NOBLOCK)
            sent += 1
    print(f"PUSH could send {sent} before it had to wait")
    rest = threading.Thread(target=send_all, args=(sending, sent))
    rest.start()
    received = read_all(reading)
    rest.join()
    print(f"PULL received {received}, so {MESSAGES - received} are lost")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read too slowly, in two patterns.")
    parser.add_argument("--high-water", type=int, default=100, help="messages at each end (100)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        publish(args.high_water)
        push(args.high_water)
