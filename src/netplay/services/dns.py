"""BIND 9 as an authoritative name server, over UDP, TCP, TLS (RFC 7858) and HTTPS (RFC 8484).

It answers for the lab's own root and everything below (see ``zone``), so it never needs to
ask anybody: no recursion, no forwarders, no root hints, and no packet that leaves the lab.
Every question is logged, so that `netplay logs` shows who asked what, and how.

Three settings spread the work, for labs about the DNS itself: ``zones`` (a list, ``.`` is the
root; default all) says what a node is authoritative for, and ``recursion: true`` makes it a
resolver that finds the rest by asking, from the lab's root servers down. ``dns64`` (the prefix of
a NAT64, as 2001:db8:64::/96) gives those who have IPv6 only an address for every name (RFC 6147).
"""

from __future__ import annotations

from collections.abc import Iterator

from netplay.errors import Problem, TopologyError, suggestion
from netplay.services import probes, setting, zone
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

FOLDER = "/etc/bind"
# Private and documentation space (RFC 1918, RFC 6598, RFC 5737, RFC 4193, RFC 3849): a lab's
# own addresses. From these a whole zone may be fetched (AXFR), to see what one looks like.
INSIDE = (
    *("localhost", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
    *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "fc00::/7", "2001:db8::/32"),
)

# empty-zones-enable: the built-in empty reverse zones would hide what the root zone says.
# check-names, check-integrity: a lab may show a name or a record that a careful person avoids;
# a complaint in the log teaches more than a server that does not start.
# controls: no rndc, hence no port 953; `kill -HUP` reloads.
OPTIONS = """\
options {{
    directory "/var/cache/bind";
    pid-file none;
    session-keyfile none;
    recursion {recursion};
    dnssec-validation no;
    empty-zones-enable no;
    notify no;
    allow-query {{ any; }};{dns64}
    allow-transfer {{ {inside}; }};
    check-names primary warn;
    check-integrity no;
    max-cache-size 2m;
    querylog yes;
    listen-on port 53 {{ any; }};
    listen-on-v6 port 53 {{ any; }};
    listen-on port 853 tls node {{ any; }};
    listen-on-v6 port 853 tls node {{ any; }};
    listen-on port 443 tls node http node {{ any; }};
    listen-on-v6 port 443 tls node http node {{ any; }};
}};

tls node {{
    cert-file "{folder}/tls/certificate.pem";
    key-file "{folder}/tls/key.pem";
}};

http node {{
    endpoints {{ "/dns-query"; }};
}};

controls {{ }};

logging {{
    channel everything {{ stderr; severity info; print-time iso8601; print-category yes; }};
    channel trouble {{ stderr; severity warning; print-time iso8601; print-category yes; }};
    category default {{ everything; }};
    category network {{ trouble; }};
}};
"""


def _files(context: Context) -> Iterator[File]:
    topology, node = context.topology, context.node
    resolver = bool(context.use.settings.get("recursion"))
    recursion = "yes; allow-recursion { any; }" if resolver else "no"
    blocks = [
        OPTIONS.format(
            folder=FOLDER,
            inside="; ".join(INSIDE),
            recursion=recursion,
            dns64=_dns64(context),
        )
    ]
    mine = _zones(context)
    for one in zone.zones(topology, context.credentials):
        if one.origin in mine:
            path = f"{FOLDER}/zones/{_file_name(one.origin)}"
            yield File(path=path, content=zone.master_file(one))
            blocks.append(f'zone "{one.origin}" {{ type primary; file "{path}"; }};\n')
    if resolver and zone.ROOT not in mine:
        path = f"{FOLDER}/root.hints"
        yield File(path=path, content=zone.hints(topology))
        blocks.append(f'zone "." {{ type hint; file "{path}"; }};\n')
    # Debian's place for zones of one's own.
    blocks.append(f'include "{FOLDER}/named.conf.local";\n')
    yield File(path=f"{FOLDER}/named.conf", content="\n".join(blocks))
    certificate = context.credentials.nodes[node.name]
    # named reads its files as the user `bind`: it gives up root's rights before.
    for name, content in (("certificate.pem", certificate.chain), ("key.pem", certificate.key)):
        yield File(path=f"{FOLDER}/tls/{name}", content=content, mode=0o640, group="bind")


def _zones(context: Context) -> tuple[str, ...]:
    """The zones that the node serves; TopologyError if its setting names one that is not."""
    known = zone.origins(context.topology)
    for name in zone.chosen(context.use):
        if name not in known:
            where = f"{context.node.name}: services: dns: zones"
            raise TopologyError(
                [Problem(where, f"the lab has no zone '{name}'{suggestion(name, known)}")]
            )
    return tuple(origin for origin in known if zone.serves(context.node, origin))


def _dns64(context: Context) -> str:
    prefix = setting.text(context, "dns64", "")
    return f"\n    dns64 {prefix} {{ clients {{ any; }}; }};" if prefix else ""


def _file_name(origin: str) -> str:
    return "root.zone" if origin == zone.ROOT else f"{origin}.zone"


def _argv(_: Context) -> tuple[str, ...]:
    # named(8): -f stays in the foreground, -n 1 takes one thread (each costs 8 MB).
    return ("/usr/sbin/named", "-f", "-n", "1", "-u", "bind", "-c", f"{FOLDER}/named.conf")


def _probes(context: Context) -> tuple[Probe, ...]:
    over_tls = (
        probes.tls_hello(853, context.node.hostname),
        probes.tls_hello(443, context.node.hostname),
    )
    for origin in _zones(context)[:1]:
        return (probes.dns_query(origin), probes.dns_query(origin, "tcp"), *over_tls)
    return over_tls


SERVICE = Service(
    name="dns",
    title="BIND 9: names, also over TLS and HTTPS",
    ports=("53/udp", "53/tcp", "853/tcp", "443/tcp"),
    packages=("bind9", "bind9-dnsutils", "bind9-host"),
    argv=_argv,
    files=lambda context: tuple(_files(context)),
    probes=_probes,
    settings=("recursion", "zones", "dns64"),
)
