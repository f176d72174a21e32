"""What a name means behind host, net, port, portrange or proto."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from netplay.capture import filter_tests as tests
from netplay.capture.filter_lexer import NUMBER, Cursor, Token
from netplay.capture.filter_values import PROTOCOLS, Predicate
from netplay.errors import suggestion
from netplay.model import Address

Hosts = Mapping[str, Iterable[Address]]
_MAC = re.compile(r"[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}", re.IGNORECASE)
# Of /etc/services, what a lab has; the manual's own examples too.
SERVICES = {
    "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67,
    "bootpc": 68, "tftp": 69, "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123,
    "imap2": 143, "imap": 143, "snmp": 161, "bgp": 179, "ldap": 389, "https": 443, "syslog": 514,
    "submission": 587, "domain-s": 853, "ftps": 990, "imaps": 993, "pop3s": 995, "mysql": 3306,
    "postgresql": 5432, "mdns": 5353, "redis": 6379, "http-alt": 8080,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The words before a name: ``tcp``, ``src or dst``, ``port``."""

    protocol: str = ""
    way: str = "src or dst"
    type: str = "host"


def named(cursor: Cursor, head: Head, hosts: Hosts) -> Predicate:
    """The question about the name that stands at *cursor*, under the words before it."""
    token = cursor.take()
    if not token.is_word or (token.text in ("and", "or", "not") and not token.quoted):
        raise cursor.problem(f"a {head.type} is missing here", token)
    if head.type == "host":
        return _host(cursor, head, token, hosts)
    if head.type == "net":
        return _net(cursor, head, token)
    if head.type == "proto":
        return _proto(cursor, head, token)
    return _ports(cursor, head, token)


def both(left: Predicate, right: Predicate) -> Predicate:
    """``left and right``."""
    if left is tests.always:
        return right
    return lambda packet: left(packet) and right(packet)


def _families(head: Head) -> tuple[Predicate, tuple[str, ...]]:
    """What the protocol before host or net leaves over."""
    if head.protocol in ("ip", "ip6", "arp"):
        return tests.always, (head.protocol,)
    if not head.protocol:
        return tests.always, ("ip", "ip6", "arp")
    return tests.protocol(head.protocol), ("ip", "ip6")


def _host(cursor: Cursor, head: Head, token: Token, hosts: Hosts) -> Predicate:
    if head.protocol in ("ether", "link"):
        if not _MAC.fullmatch(token.text):
            raise cursor.problem(f"{token.text!r} is not a MAC address", token)
        parts = re.split("[:-]", token.text.lower())
        return tests.macs(head.way, ":".join(part.zfill(2) for part in parts))
    if cursor.next.text == "/":
        raise cursor.problem("a network is asked for with 'net', as in net 10.0.0.0/8")
    extra, families = _families(head)
    known = tests.is_one_of(_resolve(cursor, token, hosts))
    return both(extra, tests.addresses(head.way, known, families))


def _resolve(cursor: Cursor, token: Token, hosts: Hosts) -> tuple[Address, ...]:
    if token.text in hosts:
        return tuple(hosts[token.text])
    try:
        return (ip_address(token.text),)
    except ValueError:
        near = suggestion(token.text, [*hosts, *tests.WORDS])
        near = near if near.startswith("; did") else suggestion(token.text, hosts)
        raise cursor.problem(f"no host is called {token.text!r}{near}", token) from None


def _net(cursor: Cursor, head: Head, token: Token) -> Predicate:
    text = token.text
    if cursor.accept("/", "mask"):
        text += "/" + cursor.take().text
    try:
        found = tests.network(text)
    except ValueError as error:
        raise cursor.problem(f"{text!r} is not a network: {error}", token) from None
    extra, families = _families(head)
    return both(extra, tests.addresses(head.way, tests.in_network(found), families))


def _proto(cursor: Cursor, head: Head, token: Token) -> Predicate:
    ether = head.protocol in ("ether", "link")
    if NUMBER.fullmatch(token.text):
        cursor.place -= 1
        number = cursor.number()
        if ether:
            return tests.ether_type(number)
    elif ether and token.text in tests.ETHER_TYPES:
        return tests.protocol(token.text)
    elif ether or token.text not in PROTOCOLS:
        near = suggestion(token.text, tests.ETHER_TYPES if ether else PROTOCOLS)
        raise cursor.problem(f"no protocol is called {token.text!r}{near}", token)
    else:
        number = PROTOCOLS[token.text]
    return tests.ip_protocol(number, {"ip": 4, "ip6": 6}.get(head.protocol))


def _ports(cursor: Cursor, head: Head, token: Token) -> Predicate:
    if head.protocol not in ("", "tcp", "udp", "ip", "ip6"):
        raise cursor.problem(f"{head.protocol} has no ports", token)
    if head.type == "portrange":
        low, high = _range(cursor, token)
    else:
        low = high = _port(cursor, token)
    found = tests.ports(head.way, low, high, head.protocol)
    family = tests.protocol(head.protocol) if head.protocol in ("ip", "ip6") else tests.always
    return both(family, found)


def _port(cursor: Cursor, token: Token) -> int:
    if token.text in SERVICES:
        return SERVICES[token.text]
    if not NUMBER.fullmatch(token.text):
        near = suggestion(token.text, SERVICES)
        near = near if near.startswith("; did") else "; a number always works"
        raise cursor.problem(f"no port is called {token.text!r}{near}", token)
    number = int(token.text, 0) if token.text[:2].lower() == "0x" else int(token.text)
    if number > 65535:
        raise cursor.problem(f"{number} is not a port: they end at 65535", token)
    return number


def _range(cursor: Cursor, token: Token) -> tuple[int, int]:
    low, _, high = token.text.partition("-")
    if not (low.isdigit() and high.isdigit()) or not int(low) <= int(high) <= 65535:
        raise cursor.problem(f"{token.text!r} is not a range of ports, as 6000-6008 is", token)
    return int(low), int(high)
