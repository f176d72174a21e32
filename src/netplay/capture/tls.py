"""TLS records (RFC 8446 §5.1): what can be read of a connection without its keys.

The record headers, the two hellos and unencrypted alerts are in the clear. In TLS 1.3 all that
follows the ServerHello calls itself application data; sizes are all that is left to see.
"""

from __future__ import annotations

from dataclasses import dataclass

from netplay.capture.escaping import escape

CHANGE_CIPHER, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24
_KINDS = {
    CHANGE_CIPHER: "ChangeCipherSpec", ALERT: "Alert", HANDSHAKE: "Handshake",
    DATA: "ApplicationData", HEARTBEAT: "Heartbeat",
}  # fmt: skip
_MESSAGES = {
    0: "HelloRequest", 1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket",
    5: "EndOfEarlyData", 8: "EncryptedExtensions", 11: "Certificate", 12: "ServerKeyExchange",
    13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
    16: "ClientKeyExchange", 20: "Finished", 22: "CertificateStatus", 24: "KeyUpdate",
}  # fmt: skip
_ALERTS = {  # RFC 8446 §6
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
    40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate",
    44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
    51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security",
    80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
    109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip
_VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2",
             0x0304: "TLS 1.3"}  # fmt: skip
_CIPHERS = {
    0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256", 0xC02B: "ECDHE_ECDSA_AES_128_GCM_SHA256",
    0xC02C: "ECDHE_ECDSA_AES_256_GCM_SHA384", 0xC02F: "ECDHE_RSA_AES_128_GCM_SHA256",
    0xC030: "ECDHE_RSA_AES_256_GCM_SHA384", 0xCCA8: "ECDHE_RSA_CHACHA20_POLY1305_SHA256",
    0xCCA9: "ECDHE_ECDSA_CHACHA20_POLY1305_SHA256",
}  # fmt: skip
_SNI, _ALPN, _SUPPORTED_VERSIONS = 0, 16, 43
_MAXIMUM = (1 << 14) + 2048  # RFC 5246 §6.2.3; RFC 8446 §5.2 allows 256 instead of 2048


@dataclass(frozen=True, slots=True)
class Record:
    """One record: ``length`` as announced, ``present`` as found in this packet (both bytes)."""

    kind: int
    length: int
    present: int
    info: str


def decode_tls(payload: bytes | memoryview) -> tuple[Record, ...]:
    """The records that *payload* begins with; none if it does not begin with one."""
    data, place, found = bytes(payload), 0, []
    while place + 5 <= len(data):
        kind, length = data[place], data[place + 3] << 8 | data[place + 4]
        if kind not in _KINDS or data[place + 1] != 3 or data[place + 2] > 4:
            break
        if length > _MAXIMUM:
            break
        body = data[place + 5 : place + 5 + length]
        found.append(Record(kind, length, len(body), _describe(kind, length, body)))
        place += 5 + length
    return tuple(found)


def tls_info(records: tuple[Record, ...]) -> str:
    """All records of one packet in words, with what is still to come of the last."""
    words = [record.info for record in records]
    missing = records[-1].length - records[-1].present
    if missing:
        words.append(f"{missing} bytes to follow")
    return ", ".join(words)


def _describe(kind: int, length: int, body: bytes) -> str:
    name = _KINDS[kind]
    if kind == ALERT and length == 2 and len(body) == 2 and body[0] in (1, 2):
        return f"Alert {_ALERTS.get(body[1], body[1])}"
    if kind == HANDSHAKE:
        return _handshake(length, body)
    if kind == CHANGE_CIPHER:
        return name
    return f"{name} {length}"


def _handshake(length: int, body: bytes) -> str:
    """RFC 8446 §4: type, 24-bit length, message; several may share a record."""
    names: list[str] = []
    place = 0
    while place + 4 <= len(body):
        size = int.from_bytes(body[place + 1 : place + 4], "big")
        name = _MESSAGES.get(body[place])
        # An encrypted message has a random type and length; those that fit by chance are rare.
        if name is None or place + 4 + size > max(length, len(body)):
            return ", ".join(names) or f"encrypted handshake {length}"
        if body[place] in (1, 2):
            name += _hello(body[place + 4 : place + 4 + size], client=body[place] == 1)
        names.append(name)
        place += 4 + size
    return ", ".join(names) or f"Handshake {length}"


def _hello(data: bytes, client: bool) -> str:
    """Name, protocols, version and cipher out of a hello (RFC 8446 §4.1.2, §4.1.3)."""
    if len(data) < 35:
        return ""
    version, cipher = data[0] << 8 | data[1], 0
    place = 35 + data[34]
    if client:
        place += 2 + int.from_bytes(data[place : place + 2], "big")
        place += 1 + (data[place] if place < len(data) else 0)
    else:
        cipher = int.from_bytes(data[place : place + 2], "big")
        place += 3
    extensions = _extensions(data, place)
    chosen = extensions.get(_SUPPORTED_VERSIONS, b"")
    if client:
        offered = [int.from_bytes(chosen[i : i + 2], "big") for i in range(1, len(chosen) - 1, 2)]
        # RFC 8701: values such as 0x1a1a are grease, not versions.
        version = max([version, *(v for v in offered if v in _VERSIONS)])
    elif len(chosen) == 2:
        version = int.from_bytes(chosen, "big")
    words = [_VERSIONS.get(version, f"0x{version:04x}")]
    if cipher:
        words.append(_CIPHERS.get(cipher, f"cipher 0x{cipher:04x}"))
    if _SNI in extensions and len(extensions[_SNI]) > 5:
        words.append(escape(extensions[_SNI][5:], 255))  # RFC 6066 §3: list, type, length, name
    if _ALPN in extensions:
        words.append("alpn " + ",".join(_protocols(extensions[_ALPN])))
    return f" ({', '.join(words)})"


def _extensions(data: bytes, place: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    place += 2
    while place + 4 <= len(data):
        size = data[place + 2] << 8 | data[place + 3]
        found[data[place] << 8 | data[place + 1]] = data[place + 4 : place + 4 + size]
        place += 4 + size
    return found


def _protocols(data: bytes) -> list[str]:
    """RFC 7301 §3.1: a list of strings with a length byte each, behind its own length."""
    names: list[str] = []
    place = 2
    while place < len(data):
        names.append(escape(data[place + 1 : place + 1 + data[place]], 40))
        place += 1 + data[place]
    return names
