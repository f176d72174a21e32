#!/usr/bin/env python3
"""Fetch a file by TFTP: a block, an acknowledgment, a block, and so on (RFC 1350).

    python3 tftp_get.py HOST NAME [-p PORT]

It asks again when no answer comes, and ignores what strangers send.
"""

import argparse
import posixpath
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

from new_file import new_file

READ, DATA, ACK, ERROR = 1, 3, 4, 5
TRIES, SECONDS, SIZE = 5, 0.5, 512


def receive(sock: socket.socket, number: int, host: str, port: int | None) -> tuple[bytes, int]:
    """Block *number* and the port that it came from, which must be *port* if we know that."""
    while True:
        packet, (sender, sender_port, *_) = sock.recvfrom(4 + SIZE)
        if sender != host or port not in (None, sender_port) or len(packet) < 4:
            continue  # a stranger; RFC 1350 §4: it doesn't end our transfer
        kind, value = struct.unpack("!HH", packet[:4])
        if kind == ERROR:
            raise OSError(packet[4:].rstrip(b"\0").decode(errors="replace"))
        # RFC 1123 §4.2.3.1: no answer to an old block that comes again. If both sides answered
        # each copy by a copy, everything from there on would go twice.
        if (kind, value) == (DATA, number):
            return packet[4:], sender_port


def blocks(sock: socket.socket, host: str, port: int, name: str) -> Iterator[bytes]:
    packet = struct.pack("!H", READ) + name.encode() + b"\0octet\0"
    number, data, theirs = 0, bytes(SIZE), None
    while len(data) == SIZE:  # a shorter block, be it empty, is the last
        number = (number + 1) % 65536
        for _ in range(TRIES):
            sock.sendto(packet, (host, theirs or port))
            with suppress(TimeoutError):
                data, theirs = receive(sock, number, host, theirs)
                break
        else:
            raise TimeoutError(f"no answer to {TRIES} datagrams")
        yield data
        packet = struct.pack("!HH", ACK, number)
    sock.sendto(packet, (host, theirs or port))


def main(host: str, port: int, name: str) -> None:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as sock, new_file(posixpath.basename(name)) as file:
        sock.settimeout(SECONDS)
        for data in blocks(sock, str(address[0]), port, name):
            file.write(data)
        print(file.tell(), "bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch a file by TFTP.")
    parser.add_argument("host", help="the TFTP server")
    parser.add_argument("name", help="the file's name there")
    parser.add_argument("-p", metavar="PORT", type=int, default=69, help="UDP port (69)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args.host, args.p, args.name)
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"{args.host}: {getattr(error, 'strerror', None) or error}")
