"""Questions in a service's own protocol, to ask whether it is ready.

An open port is not an answer: inetd accepts before telnetd runs, and a daemon that still reads
its configuration leaves connections in the kernel's queue. So each probe says something and
knows how the reply must begin. All bytes are made here, with ``struct``, because the keeper
that sends them should not import ``ssl`` (20 ms) to learn that a server speaks TLS.
"""

from __future__ import annotations

import re
import struct

from netplay.steps import Probe

__all__ = ["banner", "dns_query", "http_get", "tls_hello"]

SSH = rb"SSH-2\.0-"  # RFC 4253 §4.2
FTP = rb"220[ -]"  # RFC 959 §5.4
SMTP = rb"220[ -]"  # RFC 5321 §4.2
POP3 = rb"\+OK"  # RFC 1939 §3
IMAP = rb"\* (OK|PREAUTH)"  # RFC 3501 §7.1
TELNET = rb"\xff[\xfb-\xfe]"  # RFC 854: IAC, then WILL, WONT, DO or DONT

SOA, IN = 6, 1


def banner(port: int, pattern: bytes, what: str) -> Probe:
    """Is greeted, without having spoken, with what matches *pattern*."""
    return Probe(port=port, expect=pattern, what=what)


def http_get(
    port: int, host: str, path: str = "/", *, expect: bytes = rb"HTTP/1\.[01] [23]\d\d"
) -> Probe:
    """A GET (RFC 9112 §3) for *path* on *host*, answered with a status below 400."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    return Probe(port=port, send=request.encode("ascii"), expect=expect, what=f"GET {path}")


def dns_query(zone: str, transport: str = "udp", *, port: int = 53) -> Probe:
    """Asks for the SOA of *zone* (``.`` is the root); only an authoritative answer counts."""
    labels = [label.encode("ascii") for label in zone.split(".") if label]
    name = b"".join(struct.pack("!B", len(label)) + label for label in labels) + b"\0"
    identifier = b"np"
    # RFC 1035 §4.1.1: no flags (recursion is not desired), one question.
    question = identifier + struct.pack("!5H", 0, 1, 0, 0, 0) + name + struct.pack("!2H", SOA, IN)
    # The reply begins with the same identifier, then QR and AA, then RCODE 0; one answer.
    reply = identifier + struct.pack("!3H", 0x8400, 1, 1)
    what = f"SOA {zone} over {transport}"
    if transport == "udp":
        return Probe(port=port, transport="udp", send=question, expect=re.escape(reply), what=what)
    # RFC 1035 §4.2.2: over TCP each message is preceded by its length.
    framed = struct.pack("!H", len(question)) + question
    return Probe(port=port, send=framed, expect=rb"(?s:..)" + re.escape(reply), what=what)


def tls_hello(port: int, server_name: str) -> Probe:
    """A ClientHello; a ServerHello or an alert proves that TLS is spoken, as nothing else would.

    Certificates, ciphers and the rest are not the question here, and the connection ends there.
    """
    return Probe(
        port=port,
        send=client_hello(server_name),
        expect=rb"[\x15\x16]\x03[\x00-\x04]",  # RFC 8446 §5.1: alert or handshake, its version
        what=f"TLS hello to {server_name}",
    )


def client_hello(server_name: str) -> bytes:
    """A TLS 1.3 ClientHello (RFC 8446 §4.1.2) that a TLS 1.2 server understands as well.

    The random value and the key share are fixed: no secret will ever depend on them, and a
    plan stays the same from run to run.
    """
    ciphers = (
        *(0x1301, 0x1302, 0x1303),  # TLS 1.3: AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305
        *(0xC02B, 0xC02F, 0xC02C, 0xC030),  # TLS 1.2: ECDHE with ECDSA or RSA, AES-GCM
    )
    extensions = b"".join(
        (
            # RFC 6066 §3: a list of one name of type 0.
            _extension(0, _counted("!H", b"\0" + _counted("!H", server_name.encode("ascii")))),
            _extension(10, _counted("!H", _words(0x001D, 0x0017))),  # groups: x25519, P-256
            _extension(11, _counted("!B", b"\0")),  # RFC 8422 §5.1.2: uncompressed points
            # ECDSA P-256, RSA-PSS, RSA PKCS#1, ECDSA P-384, Ed25519
            _extension(13, _counted("!H", _words(0x0403, 0x0804, 0x0401, 0x0503, 0x0807))),
            _extension(43, _counted("!B", _words(0x0304, 0x0303))),  # versions 1.3, 1.2
            _extension(45, _counted("!B", b"\x01")),  # §4.2.9: (EC)DHE key establishment
            # §4.2.8: an x25519 public key; RFC 7748 §4.1's base point is one.
            _extension(51, _counted("!H", _words(0x001D) + _counted("!H", b"\x09" + bytes(31)))),
        )
    )
    body = b"".join(
        (
            _words(0x0303),  # legacy_version: the real ones are in the extension
            b"netplay".ljust(32, b"?"),
            _counted("!B", bytes(32)),  # appendix D.4: a session id pleases old middleboxes
            _counted("!H", _words(*ciphers)),
            _counted("!B", b"\0"),  # no compression
            _counted("!H", extensions),
        )
    )
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + _counted("!H", handshake)


def _counted(length: str, content: bytes) -> bytes:
    """*content* after its own length, as TLS writes every vector (RFC 8446 §3.4)."""
    return struct.pack(length, len(content)) + content


def _words(*values: int) -> bytes:
    return struct.pack(f"!{len(values)}H", *values)


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack("!H", kind) + _counted("!H", content)
