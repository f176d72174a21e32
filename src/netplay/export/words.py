"""Values of the model as people write them: the other direction of the compiler's words."""

from __future__ import annotations

from netplay.model import Bind, Impairment, Port, Record, Route, RouteKind


def route(route: Route) -> str:
    """A route as ip-route(8) writes it."""
    default = route.destination.prefixlen == 0
    # Only its addresses tell which family a default route is of.
    named = default and (route.destination.version == 4 or route.gateway or route.source)
    words = [] if route.kind is RouteKind.UNICAST else [route.kind.value]
    words.append("default" if named else str(route.destination))
    for name, value in (("via", route.gateway), ("dev", route.interface), ("src", route.source)):
        if value is not None:
            words += [name, str(value)]
    return " ".join(words)


def record(record: Record) -> str:
    """A DNS record as a zone file writes it."""
    name = record.name if record.name == "." else f"{record.name}."
    ttl = "" if record.ttl == Record.__dataclass_fields__["ttl"].default else f"{record.ttl} "
    return f"{name} {ttl}{record.type} {record.value}"


def bind(bind: Bind) -> str:
    """A bind as Docker writes it."""
    return f"{bind.source}:{bind.target}" + (":ro" if bind.read_only else "")


def port(port: Port) -> str:
    """A published port as Docker writes it; without an address Docker would publish on all."""
    address = f"[{port.address}]" if port.address.version == 6 else port.address
    return f"{address}:{port.port}:{port.target}"


def impairment(impairment: Impairment) -> dict[str, str | int]:
    """What is wrong with a direction, with units; nothing for a perfect one."""
    found: dict[str, str | int] = {}
    for name in ("delay", "jitter"):
        if seconds := getattr(impairment, name):
            found[name] = duration(seconds)
    for name in ("loss", "duplicate", "reorder", "corrupt"):
        if share := getattr(impairment, name):
            found[name] = f"{share * 100:.7g}%"
    if impairment.rate:
        found["rate"] = rate(impairment.rate)
    if impairment.queue:
        found["queue"] = impairment.queue
    return found


def duration(seconds: float) -> str:
    """A time with its unit: ``50ms``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.9g}{unit}"
    return f"{seconds * 1e6:.9g}us"


def rate(bits: int) -> str:
    """A rate with the largest unit that leaves a whole number: ``10mbit``."""
    for unit, size in (("gbit", 10**9), ("mbit", 10**6), ("kbit", 10**3)):
        if bits % size == 0:
            return f"{bits // size}{unit}"
    return f"{bits}bit"
