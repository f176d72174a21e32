#!/usr/bin/env python3
"""One DNS question built by hand, and its answer taken apart: RFC 1035 section 4.

python3 dns_wire.py www.example.com 10.1.1.1
"""

import argparse
import ipaddress
import secrets
import socket
import struct
import sys

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "AAAA": 28}
HEADER = struct.Struct("!6H")  # id, flags, and how many: questions, answers, authority, additional


def encode_name(name: str) -> bytes:
    """Each label with its length before it, and at the end an empty one: the root."""
    labels = name.rstrip(".").encode("ascii").split(b".")
    if not all(0 < len(label) <= 63 for label in labels):
        raise ValueError("a label has 1 to 63 bytes")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def decode_name(data: bytes, place: int) -> tuple[str, int]:
    """The name at *place*, and where what follows it begins."""
    labels, start, after = [], place, 0
    while length := data[place]:
        if length >= 0xC0:  # two bits set: the rest of the name stands earlier (4.1.4)
            after = after or place + 2
            place = struct.unpack_from("!H", data, place)[0] & 0x3FFF
            if place >= start:  # only ever backwards, or a liar sends us round in circles
                raise ValueError("a name points forwards")
            start = place
        else:
            labels.append(data[place + 1 : place + 1 + length].decode("ascii", "replace"))
            place += 1 + length
    return ".".join(labels) + ".", after or place + 1


def show(data: bytes) -> None:
    _, flags, *counts = HEADER.unpack_from(data)
    print(f"answer, {len(data)} bytes: flags {flags:016b}, status {flags & 15}, counts {counts}")
    place = decode_name(data, HEADER.size)[1] + 4  # type and class follow the name
    for _ in range(sum(counts[1:])):
        name, place = decode_name(data, place)
        kind, _, ttl, length = struct.unpack_from("!HHIH", data, place)
        place += 10
        value = f"{length} bytes"
        if kind in (TYPES["A"], TYPES["AAAA"]):
            value = str(ipaddress.ip_address(data[place : place + length]))
        elif kind in (TYPES["NS"], TYPES["CNAME"]):
            value, _ = decode_name(data, place)
        print(f"  {name}  ttl {ttl}  type {kind}  {value}")
        place += length


def main(name: str, server: str, kind: str, number: int) -> None:
    import dnslib

    query = HEADER.pack(number, 0x0100, 1, 0, 0, 0) + encode_name(name)
    query += struct.pack("!2H", TYPES[kind], 1)  # class 1 is the Internet
    print(f"question, {len(query)} bytes: {query[:12].hex(' ')}")
    print(f"  {query[12:]!r}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(3)
        sock.connect((server, 53))  # from now on, only its datagrams come through
        sock.send(query)
        # RFC 5452: what does not have our id and our question is late, or forged.
        while (data := sock.recv(65535))[:2] + data[12 : len(query)] != query[:2] + query[12:]:
            pass
    show(data)
    for record in (dnslib.DNSRecord.parse(query).q, *dnslib.DNSRecord.parse(data).rr):
        print("dnslib reads", " ".join(str(record).split()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask one question of the DNS, by hand.")
    parser.add_argument("name")
    parser.add_argument("server", help="IPv4 address of a DNS server")
    parser.add_argument("type", nargs="?", default="A", choices=list(TYPES))
    parser.add_argument("--id", type=int, default=secrets.randbelow(65536), help="0 to 65535")
    args = parser.parse_args()
    try:
        main(args.name, args.server, args.type, args.id)
    except (OSError, ValueError, IndexError, struct.error) as error:
        sys.exit(f"{args.name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
