"""TAYGA: stateless NAT64 (RFC 7915) in user space, on a TUN interface of the router.

A node of an IPv6-only network writes to 2001:db8:64::192.0.2.1 (RFC 6052 §2.2) and reaches
192.0.2.1. Each IPv6 address gets one of `pool` for as long as it speaks; the router then hides
the pool behind its own IPv4 address, with an ordinary `masquerade`. The names that lead to such
addresses are the resolver's work: the setting `dns64` of `dns`.

The prefix is one of the network's own. The well-known 64:ff9b::/96 must not stand for private or
documentation addresses (RFC 6052 §3.1), which a lab's all are, and TAYGA sees to that.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from netplay.services import setting
from netplay.services.service import Context, File, Probe, Service

__all__ = ["PREFIX", "SERVICE"]

PREFIX = "2001:db8:64::/96"
_POOL = "192.168.64.0/24"
_CONFIG = """\
tun-device nat64
ipv4-addr {first}
prefix {prefix}
dynamic-pool {pool}
data-dir /var/lib/tayga
"""
# tayga(8) makes the interface; addresses and routes are the administrator's.
_START = """\
set -e
mkdir -p /var/lib/tayga
tayga --mktun
ip link set nat64 up
ip route replace {pool} dev nat64
ip -6 route replace {prefix} dev nat64
exec tayga --nodetach
"""


def _files(context: Context) -> tuple[File, ...]:
    pool = _network(context, "pool", _POOL)
    prefix = _network(context, "prefix", PREFIX)
    if not isinstance(pool, IPv4Network) or not isinstance(prefix, IPv6Network):
        raise setting.refused(context, "pool", "pool is of IPv4, prefix of IPv6")
    values = {"pool": pool, "prefix": prefix, "first": pool[1]}
    return (
        File(path="/etc/tayga.conf", content=_CONFIG.format(**values)),
        File(path="/etc/netplay-nat64/start", content=_START.format(**values)),
    )


def _network(context: Context, key: str, default: str) -> IPv4Network | IPv6Network:
    text = setting.text(context, key, default)
    try:
        return ip_network(text)
    except ValueError as error:
        raise setting.refused(context, key, f"{error}") from None


def _argv(_: Context) -> tuple[str, ...]:
    return ("/bin/sh", "/etc/netplay-nat64/start")


def _probes(_: Context) -> tuple[Probe, ...]:
    return ()  # it translates, and answers nobody


SERVICE = Service(
    name="nat64",
    title="TAYGA, IPv4 for those who have IPv6 only",
    packages=("tayga",),
    argv=_argv,
    files=_files,
    probes=_probes,
    settings=("pool", "prefix"),
)
