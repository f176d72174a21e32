"""Protocols that speak in lines of text: HTTP/1, SSH's banner, SMTP, FTP, POP, IMAP and friends."""

from __future__ import annotations

import re

from netplay.capture.escaping import escape, first_line

# RFC 9112 §3 and §4; RFC 9110 §5.6.2 for what a method's name may consist of.
_REQUEST = re.compile(rb"[A-Z][A-Z0-9_-]{1,23} [^\s]+ HTTP/\d\.\d")
_STATUS = re.compile(rb"HTTP/\d\.\d \d{3}(?: .*)?")
_BEGUN = re.compile(rb"[A-Z][A-Z0-9_-]{1,23} [^\s]{60,}")  # a target too long for one look
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # RFC 9113 §3.4

# Server ports where lines are spoken. The values are what a person calls the protocol.
LINE_PORTS = {
    21: "FTP", 25: "SMTP", 110: "POP3", 119: "NNTP", 143: "IMAP", 587: "SMTP", 2525: "SMTP",
    6379: "Redis", 6667: "IRC", 8025: "SMTP", 11211: "memcached",
}  # fmt: skip
_TEXT = bytes(range(0x20, 0x7F)) + b"\t"


def http_info(payload: memoryview) -> str | None:
    """The request or status line that *payload* begins with."""
    line = first_line(payload, 2048)
    if _STATUS.fullmatch(line) or _REQUEST.fullmatch(line) or _BEGUN.match(line):
        return f"{escape(line, 160)}{_body_size(payload)}"
    if bytes(payload[: len(PREFACE)]) == PREFACE:
        return "HTTP/2 connection preface"
    return None


def _body_size(payload: memoryview) -> str:
    """What of the body came along in the same segment."""
    head, found, body = bytes(payload[:16384]).partition(b"\r\n\r\n")
    size = len(payload) - len(head) - 4
    return f" (+{size} bytes of body)" if found and body else ""


def ssh_info(payload: memoryview) -> str | None:
    """RFC 4253 §4.2: the identification string that either side begins with."""
    if bytes(payload[:4]) != b"SSH-":
        return None
    return escape(first_line(payload, 255), 100)


def line_info(payload: memoryview) -> str | None:
    """The first line of a command or answer; None if it does not look like text."""
    line = first_line(payload, 1024)
    if not line or line.translate(None, _TEXT):
        return None
    more = bytes(payload).count(b"\n") - 1
    return escape(line, 120) + (f" (+{more} lines)" if more > 0 else "")
