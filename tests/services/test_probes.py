"""The questions that readiness is asked by: right on the wire, and hard to please."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import pytest

from netplay import playground
from netplay.credentials import credentials
from netplay.services import probes
from netplay.services.service import Probe


def answered(probe: Probe, data: bytes) -> bool:
    return re.match(probe.expect, data) is not None


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (probes.SSH, b"SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n", b"SSH-1.5-old\r\n"),
        (probes.FTP, b"220 netplay FTP\r\n", b"421 Too many connections\r\n"),
        (probes.FTP, b"220-Hello\r\n220 again\r\n", b"2200 x\r\n"),
        (probes.SMTP, b"220 mail.example.com ESMTP Postfix\r\n", b"554 no\r\n"),
        (probes.POP3, b"+OK Dovecot ready.\r\n", b"-ERR [SYS/TEMP]\r\n"),
        (probes.IMAP, b"* OK [CAPABILITY IMAP4rev1]\r\n", b"* BYE\r\n"),
        (probes.TELNET, b"\xff\xfb\x25", b"login: "),
    ],
)
def test_a_banner_is_known_from_a_refusal(pattern: bytes, good: bytes, bad: bytes) -> None:
    probe = probes.banner(1, pattern, "greeting")
    assert probe.send == b""
    assert answered(probe, good)
    assert not answered(probe, bad)


def test_http_asks_by_name_and_wants_success() -> None:
    probe = probes.http_get(80, "www.example.com", "/get")
    assert probe.send == b"GET /get HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n"
    for line in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 301 Moved\r\n"):
        assert answered(probe, line)
    for line in (b"HTTP/1.1 502 Bad Gateway\r\n", b"HTTP/1.1 404 Not Found\r\n", b"\x15\x03\x03"):
        assert not answered(probe, line)


# ---------------------------------------------------------------- DNS


def test_a_dns_question_is_what_rfc_1035_says() -> None:
    probe = probes.dns_query("example.com")
    assert (probe.transport, probe.port) == ("udp", 53)
    assert probe.send == (
        b"np\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x06\x00\x01"
    )


def test_the_root_is_one_zero_byte() -> None:
    assert probes.dns_query(".").send[12:] == b"\x00\x00\x06\x00\x01"


def test_over_tcp_the_length_goes_first() -> None:
    udp, tcp = probes.dns_query("example.com"), probes.dns_query("example.com", "tcp")
    assert tcp.transport == "tcp"
    assert tcp.send == len(udp.send).to_bytes(2, "big") + udp.send


REPLY = b"np\x84\x00\x00\x01\x00\x01\x00\x01\x00\x02"


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        (REPLY, True),
        (b"xx" + REPLY[2:], False),  # somebody else's answer
        (b"np\x80\x00" + REPLY[4:], False),  # not authoritative: a referral or a cache
        (b"np\x84\x03" + REPLY[4:], False),  # NXDOMAIN
        (b"np\x84\x05" + REPLY[4:], False),  # REFUSED
        (b"np\x80\x02" + REPLY[4:], False),  # SERVFAIL: the zone did not load
        (b"np\x84\x00\x00\x01\x00\x00", False),  # no answer in it
        (b"np\x00\x00\x00\x01\x00\x01", False),  # our own question
        (REPLY[:7], False),
    ],
)
def test_only_an_authoritative_soa_pleases(reply: bytes, good: bool) -> None:
    assert answered(probes.dns_query("example.com"), reply) is good
    # Any length goes, also one that holds a newline.
    assert answered(probes.dns_query("example.com", "tcp"), b"\x00\x0a" + reply) is good


def test_an_answer_may_come_byte_by_byte() -> None:
    probe, data = probes.dns_query(".", "tcp"), b"\x00\x0a" + REPLY
    lengths = [n for n in range(len(data) + 1) if answered(probe, data[:n])]
    assert lengths[0] == 10  # the length, and the header as far as the answer count
    assert lengths[-1] == len(data)


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("tls")
    certificate = credentials(playground(), folder).nodes["www"]
    Path(folder, "pem").write_text(certificate.chain + certificate.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    return context


def reply_of(server: ssl.SSLContext, hello: bytes) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_openssl_answers_the_hello_with_its_own(
    server: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    server.minimum_version, server.maximum_version = ssl.TLSVersion.TLSv1_2, version
    names: list[str | None] = []
    server.sni_callback = lambda _, name, __: names.append(name)
    probe = probes.tls_hello(443, "www.example.com")
    reply = reply_of(server, probe.send)
    assert answered(probe, reply)
    # A handshake record with a ServerHello (2), not an alert and not "try another key share".
    assert reply[0] == 0x16
    assert reply[5] == 2
    hello_retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891")  # RFC 8446 §4.1.3
    assert reply[11:27] != hello_retry
    assert names == ["www.example.com"]


def test_the_hello_is_the_same_every_time() -> None:
    assert probes.tls_hello(1, "www") == probes.tls_hello(1, "www")


@pytest.mark.parametrize(
    ("data", "good"),
    [
        (b"\x16\x03\x03\x00\x7a\x02", True),
        (b"\x15\x03\x01\x00\x02\x02\x28", True),  # an alert: TLS, though not to its taste
        (b"HTTP/1.1 400 Bad Request\r\n", False),
        (b"220 mail ESMTP\r\n", False),
        (b"\x16\x03", False),
        (b"", False),
    ],
)
def test_only_tls_answers_like_tls(data: bytes, good: bool) -> None:
    assert answered(probes.tls_hello(443, "www"), data) is good
