"""The lab's part of the DNS: its zones, what is in each, and their master files.

The lab has a root of its own. A resolver inside asks for `www` or `isp` as readily as for
`www.example.com`; with a private root zone short names are simply top-level names, and
everything the lab does not know gets a proper NXDOMAIN with the root's SOA (RFC 2308 §2.1)
instead of the REFUSED that makes resolvers ask again and again. Under the root hang the
topology's zones and the reverse zones of its addresses.

Each record goes to the closest zone above its name, and each zone is delegated by the closest
zone above it, to the nodes that serve it. So a topology with one name server has no referrals,
and one that spreads the zones over several (setting `zones`) can be walked from the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from netplay.model import Address, Node, Record, ServiceUse, Topology
from netplay.names import forward_names
from netplay.services import records
from netplay.services.service import Credentials
from netplay.structs import Frozen

__all__ = [
    "ROOT",
    "Zone",
    "chosen",
    "closest",
    "hints",
    "master_file",
    "origins",
    "reverse_zone",
    "serves",
    "zones",
]

ROOT = "."
TTL = 3600
# Nobody has seen an earlier zone of this lab, so any first number will do (RFC 1982), and one
# that never changes keeps transcripts true. The form is RFC 1912 §2.2's: date and count.
SERIAL = 2026010101
# RFC 1912 §2.2: refresh, retry, expire; RFC 2308 §5: how long an NXDOMAIN may be remembered.
TIMERS = "7200 900 1209600 3600"

# How many bits of an address name its reverse zone, by block: RFC 1918, RFC 6303 §4, and
# for all others the usual sizes of an assignment.
CUTS = (
    (ip_network("10.0.0.0/8"), 8),
    (ip_network("172.16.0.0/12"), 16),
    (ip_network("192.168.0.0/16"), 16),
    (ip_network("0.0.0.0/0"), 24),
    (ip_network("fc00::/7"), 8),
    (ip_network("::/0"), 32),
)

# The types in the order in which people look for them; all others follow by name.
TYPES = ("SOA", "NS", "A", "AAAA", "CNAME", "MX", "TXT")


class Zone(Frozen, kw_only=True):
    """Everything at and under ``origin`` that is not in a zone further down."""

    origin: str
    records: tuple[Record, ...]


def origins(topology: Topology) -> tuple[str, ...]:
    """The names of all zones: the root, the topology's own, the reverse ones."""
    reverse = (reverse_zone(address) for node in topology.computers for address in node.addresses)
    return tuple(dict.fromkeys((ROOT, *map(str.lower, topology.zones), *reverse)))


def serves(node: Node, origin: str) -> bool:
    """Whether *node* is a server of the zone: its setting ``zones`` names it or is not given."""
    return any(
        origin in chosen(use, default=(origin,)) for use in node.services if use.name == "dns"
    )


def chosen(use: ServiceUse, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The setting ``zones`` of a name server, *default* if it is not given."""
    value = use.settings.get("zones")
    return tuple(map(str, value)) if isinstance(value, Iterable) else default


def zones(topology: Topology, credentials: Credentials) -> tuple[Zone, ...]:
    """All zones of the lab, in the order of ``origins``, each record where it belongs."""
    held: dict[str, list[Record]] = {origin: [] for origin in origins(topology)}
    for record in records.records(topology, credentials):
        held[closest(record.name, held)].append(record)
    for origin, found in held.items():
        servers = tuple(_name_servers(topology, origin))
        found += servers
        if origin != ROOT:
            targets = {server.value.rstrip(".") for server in servers}
            # RFC 1034 §4.2.1: who can only be asked through a zone must be known above it.
            glue = (r for r in found if r.name in targets and r.type in ("A", "AAAA"))
            held[closest(origin.partition(".")[2], held)] += (*servers, *glue)
        if not any(r.type == "SOA" for r in found):  # the topology may have one of its own
            found.append(_start_of_authority(topology, origin, servers))
    return tuple(Zone(origin=o, records=_in_reading_order(found)) for o, found in held.items())


def master_file(zone: Zone) -> str:
    """*zone* in the form of RFC 1035 §5, aligned for reading."""
    rows = [
        (
            _relative(record.name, zone.origin),
            "" if record.ttl == TTL else str(record.ttl),
            record.type,
            record.value,
        )
        for record in zone.records
    ]
    name_width, ttl_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"$ORIGIN {zone.origin.rstrip('.')}.", f"$TTL {TTL}"]
    lines += (f"{n:{name_width}} {t:{ttl_width}} IN {k:5} {value}" for n, t, k, value in rows)
    return "\n".join(lines) + "\n"


def hints(topology: Topology) -> str:
    """Where a resolver begins: the root's servers and their addresses (RFC 9609)."""
    known = forward_names(topology)
    lines = []
    for server in _name_servers(topology, ROOT):
        lines.append(f". {TTL} IN NS {server.value}")
        for address in known.get(server.value.rstrip("."), ()):
            kind = "A" if address.version == 4 else "AAAA"
            lines.append(f"{server.value} {TTL} IN {kind} {address}")
    return "\n".join(lines) + "\n"


def closest(name: str, known: Iterable[str]) -> str:
    """The zone among *known* that *name* belongs to: the longest that it ends with."""
    above = [o for o in known if o != ROOT and f".{name}".lower().endswith(f".{o}")]
    return max(above, key=len, default=ROOT)


def reverse_zone(address: Address) -> str:
    """The reverse zone that *address* belongs to.

    >>> from ipaddress import ip_address
    >>> reverse_zone(ip_address("192.168.1.11"))
    '168.192.in-addr.arpa'
    """
    bits = next(bits for block, bits in CUTS if address in block)
    bits_of_a_label = 8 if address.version == 4 else 4  # RFC 1035 §3.5, RFC 3596 §2.5
    labels = address.reverse_pointer.split(".")
    return ".".join(labels[-2 - bits // bits_of_a_label :])


def _name_servers(topology: Topology, origin: str) -> Iterator[Record]:
    for node in topology.computers:
        if serves(node, origin):
            yield Record(name=_apex(origin), type="NS", value=f"{node.hostname.lower()}.", ttl=TTL)


def _start_of_authority(topology: Topology, origin: str, servers: tuple[Record, ...]) -> Record:
    # RFC 2142 §7: hostmaster is who looks after a domain's DNS.
    domain = next(iter(topology.zones), "")
    primary = servers[0].value if servers else "."
    value = f"{primary} hostmaster.{domain}{'.' if domain else ''} {SERIAL} {TIMERS}"
    return Record(name=_apex(origin), type="SOA", value=value, ttl=TTL)


def _in_reading_order(found: Iterable[Record]) -> tuple[Record, ...]:
    """Each record once, the zone's own ones first, then by the labels of names from the right."""
    # What the topology says itself (with its own TTL, perhaps) comes first, so it is kept.
    once: dict[tuple[str, str, str], Record] = {}
    for record in found:
        once.setdefault((record.name.lower(), record.type, record.value), record)
    return tuple(sorted(once.values(), key=_reading_order))


def _reading_order(record: Record) -> tuple[object, ...]:
    place = TYPES.index(record.type) if record.type in TYPES else len(TYPES)
    labels = record.name.lower().split(".")[::-1] if record.name else []
    return (labels, place, record.type, record.value)


def _apex(origin: str) -> str:
    """The zone's own name, as the name of a record."""
    return "" if origin == ROOT else origin


def _relative(name: str, origin: str) -> str:
    """*name* as a master file under *origin* writes it: ``@`` for the origin itself."""
    if name.lower() == _apex(origin):
        return "@"
    return name if origin == ROOT else name[: -len(origin) - 1]
