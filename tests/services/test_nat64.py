"""NAT64 and DNS64: the translator's files and the resolver's line."""

from __future__ import annotations

import pytest

from netplay import playground
from netplay.errors import TopologyError
from netplay.services import dns, nat64
from tests.services.contexts import by_path, context, text

CONFIG = f"{dns.FOLDER}/named.conf"
NAMES = next(node.name for node in playground().computers if node.runs("dns"))


def test_the_pool_and_the_prefix_lead_to_the_translator() -> None:
    files = by_path(nat64.SERVICE.files(context("isp", "nat64", pool="10.64.0.0/16")))
    assert text(files["/etc/tayga.conf"]).splitlines() == [
        "tun-device nat64",
        "ipv4-addr 10.64.0.1",
        "prefix 2001:db8:64::/96",
        "dynamic-pool 10.64.0.0/16",
        "data-dir /var/lib/tayga",
    ]
    start = text(files["/etc/netplay-nat64/start"])
    assert "ip route replace 10.64.0.0/16 dev nat64\n" in start
    assert "ip -6 route replace 2001:db8:64::/96 dev nat64\n" in start


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"pool": "10.0.0.1/8"}, "has host bits set"),
        ({"pool": "2001:db8::/96"}, "pool is of IPv4, prefix of IPv6"),
        ({"prefix": "10.0.0.0/8"}, "pool is of IPv4, prefix of IPv6"),
    ],
)
def test_wrong_networks(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(TopologyError, match=sentence):
        nat64.SERVICE.files(context("isp", "nat64", **settings))


def test_the_resolver_invents_addresses_when_told_to() -> None:
    def options(**settings: object) -> str:
        return text(by_path(dns.SERVICE.files(context(NAMES, "dns", **settings)))[CONFIG])

    line = "    dns64 2001:db8:64::/96 { clients { any; }; };\n"
    assert line in options(dns64="2001:db8:64::/96")
    assert "dns64" not in options()
