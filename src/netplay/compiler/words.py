"""What people write in one string: times, shares, rates, addresses, routes, records, binds, ports.

Each function takes the text and returns a value, or raises ValueError with a sentence that says
what would have been right. The spellings are those of tc(8), ip-route(8) and zone files.
"""

from __future__ import annotations

import os.path
import re
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network

from netplay.errors import suggestion
from netplay.model import (
    INTERFACE_NAME,
    MAC,
    Address,
    Bind,
    InterfaceAddress,
    Network,
    Port,
    Record,
    Route,
    RouteKind,
)
from netplay.structs import Frozen

# Compiled when first needed, which most of them are for few networks.
_NUMBER = r"([0-9]*\.?[0-9]+)\s*([A-Za-z%]*)"
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
# tc(8), UNITS: without "i" a thousand, and "bps" counts bytes.
_BITS = {
    f"{prefix}{unit}": factor * size
    for prefix, factor in {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}.items()
    for unit, size in {"bit": 1, "bps": 8}.items()
}
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"  # RFC 1035 §2.3.4; "_": RFC 8552
_HOST_NAME = rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*"
_TYPE = r"[A-Z][A-Z0-9]{0,9}"


def duration(text: str) -> float:
    """Seconds, from ``50ms``, ``1.5s`` or ``200us``."""
    number, unit = _split(text, zero="s")
    if unit not in _SECONDS:
        raise ValueError(f"'{text}' is not a time; write it as in '50ms', '1.5s' or '200us'")
    return round(number * _SECONDS[unit], 9)


def share(text: str) -> float:
    """A fraction from 0 to 1, from ``1%``."""
    number, unit = _split(text, zero="%")
    if unit != "%":
        raise ValueError(f"'{text}' is not a share; write it as in '1%' or '0.1%'")
    if number > 100:
        raise ValueError(f"'{text}' is more than 100%")
    return round(number / 100, 9)


def rate(text: str) -> int:
    """Bits per second, from ``10mbit`` or ``64kbit``."""
    number, unit = _split(text, zero="bit")
    if unit.lower() not in _BITS:
        raise ValueError(f"'{text}' is not a rate; write it as in '10mbit', '64kbit' or '1gbit'")
    return round(number * _BITS[unit.lower()])


def packets(text: str) -> int:
    """A number of packets."""
    if not text.isdecimal():
        raise ValueError(f"'{text}' is not a number of packets")
    return int(text)


def _split(text: str, zero: str) -> tuple[float, str]:
    """Number and unit; nothing of something needs no unit, so 0 has that called *zero*."""
    match = re.fullmatch(_NUMBER, text.strip())
    if match is None:
        return 0.0, ""
    number = float(match[1])
    return number, match[2] or ("" if number else zero)


def address(text: str) -> Address:
    """An address without a prefix length."""
    try:
        return ip_address(text)
    except ValueError:
        hint = "; leave out the prefix length" if "/" in text else ""
        raise ValueError(f"'{text}' is not an IPv4 or IPv6 address{hint}") from None


def interface_address(text: str) -> InterfaceAddress:
    """An address with its prefix length, as in ``10.0.0.1/24``."""
    if "/" not in text:
        address(text)
        raise ValueError(f"'{text}' needs a prefix length, as in '{text}/{_usual(text)}'")
    try:
        found = ip_interface(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an address as in '10.0.0.1/24'") from None
    if found.ip.is_multicast or found.ip.is_unspecified:
        raise ValueError(f"'{text}' cannot be the address of an interface")
    return found


def _usual(text: str) -> int:
    return 64 if ":" in text else 24


def network(text: str) -> Network:
    """A network whose host bits are all zero, as in ``10.0.0.0/8``; an address is a /32 or /128."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"'{text}' is not a network as in '10.0.0.0/8'") from None
    raise ValueError(f"'{text}' has host bits set; did you mean '{meant}'?")


def interface_name(text: str) -> str:
    """A name that Linux gives to an interface."""
    if not INTERFACE_NAME.fullmatch(text):
        raise ValueError(
            f"'{text}' is not an interface name: 1 to 15 characters, no space, '/' or ':'"
        )
    return text


def host_name(text: str) -> str:
    """A DNS name without the last dot."""
    if not re.fullmatch(_HOST_NAME, text):
        raise ValueError(f"'{text}' is not a host name as in 'www.example.com'")
    return text


def mac(text: str) -> str:
    """A unicast MAC address, in lower case with colons."""
    found = text.lower().replace("-", ":")
    if not MAC.fullmatch(found):
        raise ValueError(f"'{text}' is not a unicast MAC address as in '02:00:00:00:00:01'")
    return found


def route(text: str) -> Route:
    """A route as ip-route(8) writes it: ``10.0.0.0/8 via 10.1.1.1 dev eth0 src 10.1.1.2``.

    ``default`` is IPv6 when one of the addresses is; alone with a device it is IPv4.
    """
    words = text.split()
    kinds = [kind.value for kind in RouteKind]
    kind = RouteKind(words.pop(0)) if words and words[0] in kinds else RouteKind.UNICAST
    if not words:
        raise ValueError(f"'{text}' is not a route as in 'default via 10.0.0.1'")
    destination, rest = words[0], words[1:]
    options: dict[str, str] = {}
    for name, value in zip(rest[::2], [*rest[1::2], ""], strict=False):
        if name not in ("via", "dev", "src"):
            tail = suggestion(name, ("via", "dev", "src"))
            raise ValueError(f"'{name}' is no part of a route that netplay knows{tail}")
        if not value or name in options:
            raise ValueError(f"'{name}' needs one value in the route '{text}'")
        options[name] = value
    return _route(kind, destination, options)


def _route(kind: RouteKind, destination: str, options: dict[str, str]) -> Route:
    gateway = address(options["via"]) if "via" in options else None
    source = address(options["src"]) if "src" in options else None
    if destination == "default":
        six = any(a is not None and a.version == 6 for a in (gateway, source))
        destination = "::/0" if six else "0.0.0.0/0"
    interface = interface_name(options["dev"]) if "dev" in options else None
    return Route(
        destination=network(destination),
        gateway=gateway,
        interface=interface,
        source=source,
        kind=kind,
    )


def record(text: str) -> Record:
    """A DNS record as a zone file writes it: ``example.com. 3600 IN MX 10 mail.example.com.``.

    TTL and class may be left out; the name is absolute with or without its last dot.
    """
    words = text.split(None, 1)
    name, rest = words[0] if words else "", words[1] if len(words) > 1 else ""
    ttl = 3600
    while (first := rest.partition(" ")[0]) and (first == "IN" or first.isdecimal()):
        ttl = ttl if first == "IN" else int(first)
        rest = rest[len(first) :].lstrip()
    kind, _, value = rest.partition(" ")
    if not re.fullmatch(_TYPE, kind) or not value.strip():
        raise ValueError(f"'{text}' is not a record as in 'example.com. MX 10 mail.example.com.'")
    return Record(name=name.rstrip(".").lower() or ".", type=kind, value=value.strip(), ttl=ttl)


class Ports(Frozen):
    """What one word under ``ports`` publishes, and why it does not do all that it says."""

    ports: tuple[Port, ...]
    reason: str = ""


def ports(text: str) -> Ports:
    """``[address:]port:target[/tcp]`` as Docker writes it; both may be ranges ``8000-8009``."""
    found = re.fullmatch(_PORTS, text)
    if found is None:
        raise ValueError(f"'{text}' is not a port as in '8080:80'")
    if found["protocol"] not in (None, "tcp"):
        return Ports((), f"'{text}' is not published: only TCP ports are")
    if not found["ports"]:
        return Ports((), f"'{text}' is not published: say at which port, as in '8080:{text}'")
    outside, inside = _range(found["ports"]), _range(found["targets"])
    if len(outside) != len(inside):
        raise ValueError(f"'{text}': {len(outside)} ports cannot lead to {len(inside)}")
    where: Address = IPv4Address("127.0.0.1")
    reason = ""
    if given := found["six"] or found["four"]:
        if address(given).is_loopback:
            where = address(given)
        else:
            reason = f"'{text}' is published at {where} only: others would reach the lab"
    return Ports(tuple(Port(a, b, where) for a, b in zip(outside, inside, strict=True)), reason)


_PORTS = (
    r"(?:(?:(?:\[(?P<six>[^]]+)\]|(?P<four>[^][:]+)):)?(?P<ports>\d+(?:-\d+)?)?:)?"
    r"(?P<targets>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?"
)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    found = range(int(first), int(last or first) + 1)
    if not found or not 0 < found[0] <= found[-1] < 65536:
        raise ValueError(f"'{text}' is no port, and no range of ports")
    return found


def bind(text: str, folder: str) -> Bind:
    """A bind as Docker writes it, ``source:target[:ro]``; *source* is relative to *folder*."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not parts[0] or not parts[1].startswith("/"):
        raise ValueError(f"'{text}' is not a bind as in 'site:/var/www:ro'")
    options = parts[2].split(",") if len(parts) == 3 else []
    if unknown := [option for option in options if option not in _BIND_OPTIONS]:
        raise ValueError(f"'{unknown[0]}' is no option of a bind{suggestion(unknown[0], ['ro'])}")
    source = os.path.normpath(os.path.join(folder, os.path.expanduser(parts[0])))
    return Bind(source=source, target=parts[1], read_only="ro" in options)


# `z` and `Z` are for SELinux and say nothing here.
_BIND_OPTIONS = frozenset({"ro", "rw", "z", "Z"})
