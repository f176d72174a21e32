"""Which application speaks in a payload: by its look where it has one, else by its port.

Looks go first, because a lesson's web server listens on 1060 and STARTTLS turns port 25 into TLS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netplay.capture.datagrams import dhcp_info, ntp_info, quic_info, quic_short_info
from netplay.capture.dns import decode_dns
from netplay.capture.lines import LINE_PORTS, http_info, line_info, ssh_info
from netplay.capture.telnet import telnet_info
from netplay.capture.tls import decode_tls, tls_info


@dataclass(frozen=True, slots=True)
class Application:
    """A recognised payload: the protocol's name and one escaped line about it."""

    protocol: str
    info: str


Recogniser = Callable[[memoryview], str | None]


def _dns(payload: memoryview) -> str | None:
    message = decode_dns(payload)
    return message.info if message else None


def _dns_stream(payload: memoryview) -> str | None:
    # RFC 1035 §4.2.2: two bytes of length go before each message on TCP.
    message = decode_dns(payload[2:]) if len(payload) > 2 else None
    return message.info if message else None


def _tls(payload: memoryview) -> str | None:
    records = decode_tls(payload)
    return tls_info(records) if records else None


def _continued(payload: memoryview) -> str | None:
    return f"{len(payload)} bytes, continued"


_DATAGRAM_LOOKS: tuple[tuple[str, Recogniser], ...] = (("QUIC", quic_info),)
_DATAGRAM_PORTS: dict[int, tuple[str, Recogniser]] = {
    53: ("DNS", _dns),
    67: ("DHCP", dhcp_info),
    68: ("DHCP", dhcp_info),
    123: ("NTP", ntp_info),
    443: ("QUIC", quic_short_info),
    5353: ("mDNS", _dns),
    5355: ("LLMNR", _dns),
}
_STREAM_LOOKS: tuple[tuple[str, Recogniser], ...] = (
    ("TLS", _tls),
    ("HTTP", http_info),
    ("SSH", ssh_info),
)
_STREAM_PORTS: dict[int, tuple[str, Recogniser]] = {
    23: ("Telnet", telnet_info),
    53: ("DNS", _dns_stream),
    **dict.fromkeys((443, 465, 636, 853, 989, 990, 993, 995, 8443), ("TLS", _continued)),
    **{port: (name, line_info) for port, name in LINE_PORTS.items()},
}


def recognise(
    stream: bool, source_port: int, destination_port: int, payload: memoryview
) -> Application | None:
    """The application in a TCP (*stream*) or UDP payload; None where nothing fits."""
    if not len(payload):
        return None
    looks = _STREAM_LOOKS if stream else _DATAGRAM_LOOKS
    ports = _STREAM_PORTS if stream else _DATAGRAM_PORTS
    # The server's port decides, and that is nearly always the lower one.
    near = (ports.get(port) for port in sorted((source_port, destination_port)))
    for name, read in (*looks, *(found for found in near if found)):
        info = read(payload)
        if info:
            return Application(name, info)
    return None
