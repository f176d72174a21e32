"""Packets built by hand, and a small network that carries them, for the tests of capture."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from netplay.capture import Direction, Frame, Lane, Names, Packet, decode
from netplay.capture.checksum import checksum, remainder

START = 1_764_000_000_000_000_000  # ns since 1970
MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
# maximum segment size 1460, SACK permitted, timestamps left out, window scale 7
SYN_OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01"


def ethernet(payload: bytes, kind: int = 0, vlan: int | None = None, to: bytes = MAC_B) -> bytes:
    kind = kind or {4: 0x0800, 6: 0x86DD}[payload[0] >> 4]
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return to + MAC_A + tag + struct.pack("!H", kind) + payload


def ip(
    source: str, target: str, protocol: int, payload: bytes, *, ttl: int = 64,
    ident: int = 1, flags: int = 0x4000, options: bytes = b"",
) -> bytes:  # fmt: skip
    """An IPv4 or IPv6 packet; *ident* and *flags* are IPv4's."""
    a, b = ip_address(source).packed, ip_address(target).packed
    if len(a) == 16:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, ttl) + a + b + payload
    size = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 0x40 | size // 4, 0, size + len(payload), ident, flags, ttl,
                       protocol, 0) + a + b + options  # fmt: skip
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + payload


def pseudo(source: str, target: str, protocol: int, size: int) -> int:
    return remainder(ip_address(source).packed + ip_address(target).packed) + protocol + size


def tcp(
    source: str, target: str, sport: int, dport: int, *, seq: int = 0, ack: int = 0,
    flags: int = ACK, window: int = 502, payload: bytes = b"", options: bytes = b"",
) -> bytes:  # fmt: skip
    size = 20 + len(options)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       size // 4 << 4, flags, window, 0, 0) + options  # fmt: skip
    start = pseudo(source, target, 6, size + len(payload))
    value = checksum(head + payload, start)
    return head[:16] + value.to_bytes(2, "big") + head[18:] + payload


def udp(source: str, target: str, sport: int, dport: int, payload: bytes = b"") -> bytes:
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    value = checksum(head + payload, pseudo(source, target, 17, 8 + len(payload)))
    return head[:6] + (value or 0xFFFF).to_bytes(2, "big") + payload


def icmp(kind: int, code: int, rest: bytes, payload: bytes = b"", start: int = 0) -> bytes:
    head = struct.pack("!BBH", kind, code, 0) + rest
    return head[:2] + checksum(head + payload, start).to_bytes(2, "big") + head[4:] + payload


def arp(operation: int, sender: str, target: str, mac: bytes = MAC_A) -> bytes:
    ends = mac + ip_address(sender).packed + bytes(6) + ip_address(target).packed
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + ends


def frame(data: bytes, **changes: object) -> Frame:
    return replace(Frame(START, data), **changes)


def packet(data: bytes, **changes: object) -> Packet:
    """*data* (an IP packet or a whole Ethernet frame) decoded."""
    if data and data[0] >> 4 in (4, 6) and data[:6] not in (MAC_A, MAC_B):
        data = ethernet(data)
    return decode(frame(data, **changes))


def name(text: str) -> bytes:
    """A DNS name on the wire."""
    labels = [label for label in text.split(".") if label]
    return b"".join(bytes((len(label),)) + label.encode() for label in labels) + b"\0"


def query(text: str, kind: int = 1, ident: int = 7, flags: int = 0x0100) -> bytes:
    return (
        struct.pack("!HHHHHH", ident, flags, 1, 0, 0, 0) + name(text) + struct.pack("!HH", kind, 1)
    )


def answer(
    text: str, records: Iterable[tuple[int, bytes]], kind: int = 1, flags: int = 0x8580
) -> bytes:
    records = list(records)
    head = struct.pack("!HHHHHH", 7, flags, 1, len(records), 0, 0)
    parts = [
        b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 60, len(value)) + value
        for number, value in records
    ]
    return head + name(text) + struct.pack("!HH", kind, 1) + b"".join(parts)


def client_hello(host: str, protocols: tuple[str, ...] = ("h2", "http/1.1")) -> bytes:
    listed = b"".join(bytes((len(p),)) + p.encode() for p in protocols)
    extensions = [
        (0, struct.pack("!HBH", len(host) + 3, 0, len(host)) + host.encode()),
        (16, struct.pack("!H", len(listed)) + listed),
        (43, b"\x06\x1a\x1a\x03\x04\x03\x03"),
    ]
    packed = b"".join(struct.pack("!HH", k, len(v)) + v for k, v in extensions)
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x04\x13\x01\x13\x02" + b"\x01\x00"
    return record(22, handshake(1, body + struct.pack("!H", len(packed)) + packed))


def server_hello(cipher: int = 0x1302) -> bytes:
    extension = b"\x00\x2b\x00\x02\x03\x04"
    body = b"\x03\x03" + bytes(32) + b"\x00" + struct.pack("!H", cipher) + b"\x00"
    return record(22, handshake(2, body + struct.pack("!H", len(extension)) + extension))


def handshake(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


H1, MODEM_IN, MODEM_OUT, ISP, WWW = (
    "192.168.1.11", "192.168.1.1", "10.25.1.65", "10.25.1.1", "10.130.1.4"
)  # fmt: skip
LANES = tuple(
    Lane(name=node, points=points, addresses=tuple(ip_address(a) for a in addresses))
    for node, points, addresses in (
        ("h1", ("h1:eth1", "h1:lo"), (H1,)),
        ("modemA", ("modemA:eth1", "modemA:eth0"), (MODEM_IN, MODEM_OUT)),
        ("isp", ("isp:eth1", "isp:eth0"), (ISP,)),
        ("www", ("www:eth0",), (WWW,)),
    )
)
NAMES = Names({address: lane.name for lane in LANES for address in lane.addresses})


@dataclass
class Net:
    """h1 behind modemA's NAT, the isp, and www: everything is recorded on both ends of each wire.

    ``forth`` and ``back`` carry one IP payload; *upto* is how many of the six points it reaches.
    """

    frames: list[Frame] = field(default_factory=list)
    now: int = START
    step: int = 100_000  # ns between two points
    ids: dict[str, int] = field(default_factory=lambda: {"h1": 100, "www": 5000})

    _FORTH = (
        ("h1:eth1", Direction.OUT, 0, True), ("modemA:eth1", Direction.IN, 0, True),
        ("modemA:eth0", Direction.OUT, 1, False), ("isp:eth1", Direction.IN, 1, False),
        ("isp:eth0", Direction.OUT, 2, False), ("www:eth0", Direction.IN, 2, False),
    )  # fmt: skip
    _BACK = (
        ("www:eth0", Direction.OUT, 0, False), ("isp:eth0", Direction.IN, 0, False),
        ("isp:eth1", Direction.OUT, 1, False), ("modemA:eth0", Direction.IN, 1, False),
        ("modemA:eth1", Direction.OUT, 2, True), ("h1:eth1", Direction.IN, 2, True),
    )  # fmt: skip

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)

    def tcp(
        self, forth: bool, flags: int, seq: int, ack: int, payload: bytes = b"", *,
        upto: int = 6, options: bytes = b"", window: int = 502, dport: int = 80, ttl: int = 64,
    ) -> None:  # fmt: skip
        base = (1000, 900_000) if forth else (900_000, 1000)

        def build(inside: bool) -> bytes:
            ends, ports = self._ends(forth, inside, dport)
            return tcp(*ends, *ports, seq=base[0] + seq, flags=flags, window=window,
                       ack=base[1] + ack if flags & ACK else 0, payload=payload,
                       options=options)  # fmt: skip

        self._carry(forth, 6, build, upto, ttl, dport)

    def udp(self, forth: bool, dport: int, payload: bytes, *, upto: int = 6, ttl: int = 64) -> None:
        def build(inside: bool) -> bytes:
            ends, ports = self._ends(forth, inside, dport)
            return udp(*ends, *ports, payload)

        self._carry(forth, 17, build, upto, ttl, dport)

    def at(self, point: str, direction: Direction, data: bytes) -> None:
        """Anything else: one IP packet or frame at one point."""
        data = ethernet(data) if data[0] >> 4 in (4, 6) else data
        number = len(self.frames) + 1
        self.frames.append(Frame(self.now, data, point, direction, number=number))
        self.now += self.step

    def packets(self) -> list[Packet]:
        return [decode(frame) for frame in self.frames]

    def _ends(
        self, forth: bool, inside: bool, dport: int
    ) -> tuple[tuple[str, str], tuple[int, int]]:
        client, ports = (H1 if inside else MODEM_OUT), (40000, dport)
        return ((client, WWW), ports) if forth else ((WWW, client), ports[::-1])

    def _carry(
        self, forth: bool, protocol: int, build: Callable[[bool], bytes], upto: int, ttl: int,
        dport: int,
    ) -> None:  # fmt: skip
        sender = "h1" if forth else "www"
        self.ids[sender] += 1
        for point, direction, down, inside in (self._FORTH if forth else self._BACK)[:upto]:
            ends, _ = self._ends(forth, inside, dport)
            data = ip(*ends, protocol, build(inside), ttl=ttl - down, ident=self.ids[sender])
            self.at(point, direction, data)

    def open(self, dport: int = 80) -> None:
        """The handshake."""
        self.tcp(True, SYN, 0, 0, options=SYN_OPTIONS, window=64240, dport=dport)
        self.tcp(False, SYN | ACK, 0, 1, options=SYN_OPTIONS, window=65160, dport=dport)
        self.tcp(True, ACK, 1, 1, dport=dport)

    def close(self, sent: int, got: int, dport: int = 80) -> None:
        """The client closes first, then the server."""
        self.tcp(True, FIN | ACK, sent, got, dport=dport)
        self.tcp(False, FIN | ACK, got, sent + 1, dport=dport)
        self.tcp(True, ACK, sent + 1, got + 1, dport=dport)
