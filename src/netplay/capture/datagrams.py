"""DHCP, NTP and QUIC: what one UDP payload of each says, in one line."""

from __future__ import annotations

from ipaddress import IPv4Address

from netplay.capture.escaping import escape
from netplay.capture.ethernet import mac

_DHCP_TYPES = ("", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform")
_DHCP_COOKIE = b"\x63\x82\x53\x63"
_NTP_MODES = ("reserved", "symmetric active", "symmetric passive", "client", "server",
              "broadcast", "control", "private")  # fmt: skip
_QUIC_VERSIONS = {1: "v1", 0x6B3343CF: "v2"}  # RFC 9000 §15, RFC 9369 §3.1
_QUIC_TYPES = {1: ("Initial", "0-RTT", "Handshake", "Retry"),
               0x6B3343CF: ("Retry", "Initial", "0-RTT", "Handshake")}  # fmt: skip


def dhcp_info(payload: memoryview) -> str | None:
    """RFC 2131 §2 and RFC 2132: type, hardware address, offered address, host name."""
    data = bytes(payload)
    if len(data) < 240 or data[236:240] != _DHCP_COOKIE:
        return None
    options = _dhcp_options(data)
    kind = options.get(53, b"\0")[:1] or b"\0"
    words = [_DHCP_TYPES[kind[0]] if kind[0] < len(_DHCP_TYPES) else f"type {kind[0]}"]
    words.append(f"from {mac(data[28:34])}" if data[0] == 1 else f"to {mac(data[28:34])}")
    offered = data[16:20] if data[0] == 2 else options.get(50, b"")
    if len(offered) == 4 and any(offered):
        words.append(str(IPv4Address(offered)))
    if 12 in options:
        words.append(f"name {escape(options[12], 64)}")
    return " ".join(words)


def _dhcp_options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    place = 240
    while place + 1 < len(data) and data[place] != 255:
        if data[place] == 0:
            place += 1
            continue
        found[data[place]] = data[place + 2 : place + 2 + data[place + 1]]
        place += 2 + data[place + 1]
    return found


def ntp_info(payload: memoryview) -> str | None:
    """RFC 5905 §7.3: version, mode and stratum stand in the first two of 48 bytes."""
    if len(payload) < 48:
        return None
    version, mode = payload[0] >> 3 & 7, payload[0] & 7
    if not 1 <= version <= 4:
        return None
    stratum = f" stratum {payload[1]}" if mode == 4 else ""
    return f"version {version} {_NTP_MODES[mode]}{stratum}"


def quic_info(payload: memoryview) -> str | None:
    """RFC 9000 §17.2: the long header, which opens a connection; None if it is not one."""
    if len(payload) < 7 or not payload[0] & 0x80:
        return None
    version = int.from_bytes(payload[1:5], "big")
    target_size = payload[5]
    if target_size > 20 or len(payload) < 7 + target_size:
        return None
    target = bytes(payload[6 : 6 + target_size]).hex()
    if version == 0:
        return f"version negotiation, connection {target}"
    if version not in _QUIC_VERSIONS or not payload[0] & 0x40:
        return None
    kind = _QUIC_TYPES[version][payload[0] >> 4 & 3]
    return f"{kind} {_QUIC_VERSIONS[version]}, connection {target}, {len(payload)} bytes"


def quic_short_info(payload: memoryview) -> str | None:
    """RFC 9000 §17.3: everything after the handshake; only the port gives it away."""
    if len(payload) < 20 or payload[0] & 0xC0 != 0x40:
        return None
    return f"1-RTT {len(payload)} bytes"
