#!/usr/bin/env python3
"""The packets of a capture, layer by layer: each layer's header, and what it carries.

tcpdump -i eth1 -w /tmp/search4.pcap host maps.example.com    (Ctrl-C ends it)
python3 wiredump.py /tmp/search4.pcap
python3 wiredump.py --all /tmp/search4.pcap                   also packets without data
"""

import argparse
import sys
from collections.abc import Iterator

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Padding
from scapy.utils import rdpcap

FLAGS = {"S": "SYN", "A": "ACK", "P": "PSH", "F": "FIN", "R": "RST"}
LINES_OF_DATA = 12


def layers(packet: Packet) -> Iterator[str]:
    """A line for each layer, from the outside in."""
    if Ether in packet:
        yield f"Ethernet  {packet[Ether].src} to {packet[Ether].dst}"
    if IP in packet:
        yield f"IPv4      {packet[IP].src} to {packet[IP].dst}, time to live {packet[IP].ttl}"
    elif IPv6 in packet:
        ip = packet[IPv6]
        yield f"IPv6      {ip.src} to {ip.dst}, hop limit {ip.hlim}"
    if TCP in packet:
        tcp = packet[TCP]
        flags = " ".join(FLAGS.get(letter, letter) for letter in str(tcp.flags))
        yield f"TCP       port {tcp.sport} to port {tcp.dport}, {flags}"


def data_of(packet: Packet) -> bytes:
    if TCP not in packet or isinstance(packet[TCP].payload, Padding):
        return b""
    return bytes(packet[TCP].payload)


def show_data(data: bytes) -> None:
    """Text as text; anything else as its first bytes."""
    if not data.isascii():
        print(f"        {data[:24].hex(' ')} ...")
        return
    for line in data.decode("ascii").splitlines()[:LINES_OF_DATA]:
        print(f"        {line[:80]}")


def main(path: str, everything: bool) -> None:
    for number, packet in enumerate(rdpcap(path), start=1):
        data = data_of(packet)
        if not (data or everything):
            continue
        print(f"packet {number}, {len(packet)} bytes")
        for depth, line in enumerate(layers(packet)):
            print(f"{'  ' * (depth + 1)}{line}")
        if data:
            print(f"        {len(data)} bytes of data:")
            show_data(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Decode a capture layer by layer.")
    parser.add_argument("file", help="what tcpdump -w has written")
    parser.add_argument("--all", action="store_true", help="also packets without data")
    args = parser.parse_args()
    try:
        main(args.file, args.all)
    except OSError as error:
        sys.exit(f"{args.file}: {error.strerror}")
