"""What the applications' payloads are told to be."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netplay.capture import escape
from netplay.capture.dns import decode_dns
from netplay.capture.telnet import telnet_info
from netplay.capture.tls import decode_tls, tls_info
from tests.capture.packets import (
    MAC_A,
    answer,
    client_hello,
    handshake,
    ip,
    name,
    packet,
    query,
    record,
    server_hello,
    tcp,
    udp,
)  # fmt: skip

A, B = "192.168.1.11", "10.130.1.4"


def over_tcp(payload: bytes, port: int = 4000) -> tuple[str, str]:
    words = packet(ip(A, B, 6, tcp(A, B, 50000, port, flags=24, payload=payload))).description
    return words.protocol, words.info


def over_udp(payload: bytes, port: int) -> tuple[str, str]:
    words = packet(ip(A, B, 17, udp(A, B, 50000, port, payload))).description
    return words.protocol, words.info


def test_escaping() -> None:
    assert escape(b"a\x1b[2J\x07\r\n\t\\\xff") == r"a\x1b[2J\x07\r\n\t\\\xff"
    assert escape("naïve \u202e") == r"na\xc3\xafve \xe2\x80\xae"
    assert escape("\udcff") == r"\xed\xb3\xbf"
    assert escape(b"abcdef", 3) == "abc..."


@pytest.mark.parametrize(
    ("payload", "port", "expected"),
    [
        (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 1060, ("HTTP", "GET /a HTTP/1.1")),
        (b"POST / HTTP/1.1\r\n\r\nabc", 80, ("HTTP", "POST / HTTP/1.1 (+3 bytes of body)")),
        (b"HTTP/1.1 404 Not Found\r\n", 80, ("HTTP", "HTTP/1.1 404 Not Found")),
        (b"HTTP/1.1 200\r\n", 80, ("HTTP", "HTTP/1.1 200")),
        (b"GET /" + b"x" * 2100, 80, ("HTTP", "GET /" + "x" * 155 + "...")),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 80, ("HTTP", "PRI * HTTP/2.0 (+6 bytes of body)")),
        (b"GET it", 80, ("TCP", None)),
        (b"SSH-2.0-OpenSSH_10\x1b\r\n", 22, ("SSH", r"SSH-2.0-OpenSSH_10\x1b")),
        (b"EHLO h1\r\n", 25, ("SMTP", "EHLO h1")),
        (b"250-mail\r\n250 PIPELINING\r\n", 25, ("SMTP", "250-mail (+1 lines)")),
        (b"USER brandon\r\n", 21, ("FTP", "USER brandon")),
        (b"+OK ready\r\n", 110, ("POP3", "+OK ready")),
        (b"a1 LOGIN x y\r\n", 143, ("IMAP", "a1 LOGIN x y")),
        (b"get key\r\n", 11211, ("memcached", "get key")),
        (b"\x00\x01\x02", 25, ("TCP", None)),
        (b"whatever", 443, ("TLS", "8 bytes, continued")),
        (b"whatever", 4001, ("TCP", None)),
    ],
)
def test_lines(payload: bytes, port: int, expected: tuple[str, str | None]) -> None:
    protocol, info = over_tcp(payload, port)
    assert protocol == expected[0]
    assert expected[1] is None or info == expected[1]


def test_the_servers_port_decides_in_both_directions() -> None:
    reply = packet(ip(B, A, 6, tcp(B, A, 25, 50000, flags=24, payload=b"220 hi\r\n")))
    assert reply.protocol == "SMTP"


def test_dns_queries_and_answers() -> None:
    assert over_udp(query("www.example.com"), 53) == ("DNS", "query A www.example.com.")
    assert over_udp(query("www.example.com", 28), 5353)[0] == "mDNS"
    given = answer("www.example.com", [(1, ip_address(B).packed)])
    assert over_udp(given, 53) == ("DNS", "answer A www.example.com.: A 10.130.1.4")
    missing = answer("nowhere", [], flags=0x8583)
    assert over_udp(missing, 53)[1] == "answer A nowhere.: NXDOMAIN"
    assert over_udp(answer("www", [], 28), 53)[1] == "answer AAAA www.: no such record"
    cut = over_udp(answer("big", [], 16, flags=0x8780), 53)[1]
    assert cut.endswith("(truncated: ask again over TCP)")
    stream = struct.pack("!H", len(given)) + given
    assert over_tcp(stream, 53) == ("DNS", "answer A www.example.com.: A 10.130.1.4")


def test_dns_record_types() -> None:
    records = [
        (28, ip_address("2001:db8::4").packed),
        (15, b"\x00\x0a" + name("mail.example.com")),
        (33, struct.pack("!HHH", 1, 2, 80) + b"\xc0\x0c"),
        (16, b"\x05he\x1bo"),
        (5, b"\xc0\x0c"),
        (99, b"abc"),
    ]
    found = decode_dns(answer("example.com", records, 255))
    assert found is not None
    assert [record.value for record in found.answers] == [
        "2001:db8::4", "10 mail.example.com.", "1 2 80 example.com.", r'"he\x1bo"', "example.com.",
        "(3 bytes)",
    ]  # fmt: skip
    assert found.answers[5].type == "TYPE99"
    assert found.authoritative
    assert found.info.endswith(", 2 more")


def test_dns_names_cannot_hurt() -> None:
    loop = query("x")[:12] + b"\xc0\x0c\x00\x01\x00\x01"
    assert decode_dns(loop) is None
    forward = query("x")[:12] + b"\xc0\x0e\x00\x01\x00\x01"
    assert decode_dns(forward) is None
    hostile = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + b"\x04a\x1b[m\0" + b"\0\x01\0\x01"
    assert decode_dns(hostile).info == r"query A a\x1b[m."
    assert decode_dns(b"short") is None
    assert decode_dns(answer("www", [(1, b"abcd")])[:-2]).info == "answer A www.: no such record"
    assert decode_dns(query("x", flags=0x2800)).info == "update A x."


def test_tls_hellos() -> None:
    hello = client_hello("www.example.com")
    assert over_tcp(hello) == (
        "TLS", "ClientHello (TLS 1.3, www.example.com, alpn h2,http/1.1)"
    )  # fmt: skip
    several = server_hello() + record(20, b"\x01") + record(23, bytes(1000))[:300]
    assert over_tcp(several)[1] == (
        "ServerHello (TLS 1.3, TLS_AES_256_GCM_SHA384), ChangeCipherSpec, ApplicationData 1000, "
        "705 bytes to follow"
    )
    assert "cipher 0x00ff" in tls_info(decode_tls(server_hello(0xFF)))


def test_tls_records() -> None:
    assert over_tcp(record(21, b"\x02\x30"))[1] == "Alert unknown_ca"
    assert over_tcp(record(21, b"\x01\xfe"))[1] == "Alert 254"
    assert over_tcp(record(21, bytes(26)))[1] == "Alert 26"
    assert over_tcp(record(22, handshake(11, b"cert") + handshake(14, b"")))[1] == (
        "Certificate, ServerHelloDone"
    )
    assert over_tcp(record(22, b"\xa7" + bytes(39)))[1] == "encrypted handshake 40"
    assert decode_tls(b"\x16\x03\x01\xff\xff") == ()
    assert decode_tls(b"\x16\x02\x01\x00\x01x") == ()
    assert tls_info(decode_tls(client_hello("x")[:40])).startswith("encrypted handshake") is False


def test_tls_is_recognised_on_any_port() -> None:
    assert over_tcp(client_hello("mail"), 25)[0] == "TLS"


def test_dhcp() -> None:
    head = b"\x01\x01\x06\x00" + bytes(24) + MAC_A + bytes(202) + b"\x63\x82\x53\x63"
    request = head + b"\x35\x01\x03\x32\x04\xc0\xa8\x01\x0b\x0c\x02h1\x00\xff"
    assert over_udp(request, 67) == ("DHCP", f"request from {MAC_A.hex(':')} 192.168.1.11 name h1")
    reply = b"\x02" + head[1:16] + ip_address(A).packed + head[20:] + b"\x35\x01\x05\xff"
    assert over_udp(reply, 68)[1] == f"ack to {MAC_A.hex(':')} 192.168.1.11"
    assert over_udp(head + b"\x35\x01\x63", 67)[1].startswith("type 99")
    assert over_udp(head[:200], 67) == ("UDP", "200 bytes")


def test_ntp_and_quic() -> None:
    assert over_udp(b"\x23" + bytes(47), 123) == ("NTP", "version 4 client")
    assert over_udp(b"\x24\x02" + bytes(46), 123)[1] == "version 4 server stratum 2"
    assert over_udp(bytes(48), 123)[0] == "UDP"
    initial = b"\xc3\x00\x00\x00\x01\x04\xde\xad\xbe\xef\x00" + bytes(30)
    assert over_udp(initial, 4433) == ("QUIC", "Initial v1, connection deadbeef, 41 bytes")
    negotiation = b"\x80\x00\x00\x00\x00\x01\xaa\x00"
    assert over_udp(negotiation, 443)[1] == "version negotiation, connection aa"
    assert over_udp(b"\x40" + bytes(40), 443) == ("QUIC", "1-RTT 41 bytes")
    assert over_udp(b"\xc3\x12\x34\x56\x78\x00\x00", 443)[0] == "UDP"


def test_telnet() -> None:
    data = b"\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0\xff\xf1log\xff\xffin:\x1b"
    assert over_tcp(data, 23) == (
        "Telnet", r'DO TTYPE, WILL ECHO, SB TTYPE, NOP, "log\xffin:\x1b"'
    )  # fmt: skip
    assert telnet_info(memoryview(b"\xff")) == "IAC -1"
    assert telnet_info(memoryview(b"\xff\xfa\x01")) == "SB ECHO"
    assert telnet_info(memoryview(b"\xff\xfd")) == "DO ?"
    assert telnet_info(memoryview(b"\xff\xfd\xc8" * 12)).endswith("4 more")
