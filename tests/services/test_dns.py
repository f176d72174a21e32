"""The lab's DNS: which zones there are, what is in them, and how BIND is told."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_interface

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from netplay import Lab, playground
from netplay.errors import TopologyError
from netplay.model import Interface, Node, Record, ServiceUse, Topology
from netplay.names import forward_names
from netplay.services import dns, zone
from netplay.services.records import subject_key
from netplay.services.service import Context
from tests.services.contexts import _credentials, by_path, context, text

PLAYGROUND = playground()
CREDENTIALS = _credentials()


@pytest.fixture(scope="module")
def zones() -> dict[str, zone.Zone]:
    return {one.origin: one for one in zone.zones(PLAYGROUND, CREDENTIALS)}


def values(records: Iterable[Record], name: str, kind: str) -> list[str]:
    return [r.value for r in records if (r.name, r.type) == (name, kind)]


def found(zones: dict[str, zone.Zone], name: str, kind: str) -> list[str]:
    """What the name server would answer: from the closest zone only."""
    return values(zones[zone.closest(name, zones)].records, name, kind)


# ---------------------------------------------------------------- what is in it


def test_the_zones_are_the_root_the_lab_s_own_and_the_reverse_ones(
    zones: dict[str, zone.Zone],
) -> None:
    assert list(zones)[:2] == [".", "example.com"]
    assert set(list(zones)[2:]) == {
        "10.in-addr.arpa",
        "168.192.in-addr.arpa",
        "8.b.d.0.1.0.0.2.ip6.arpa",
    }


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("www.example.com", "A", ["10.130.1.4"]),
        ("www", "A", ["10.130.1.4"]),
        ("www", "AAAA", ["2001:db8:130:1::4"]),
        ("example.com", "A", ["10.130.1.1"]),
        ("isp", "A", ["10.25.1.1"]),
        ("modema", "A", ["10.25.1.65"]),
        ("h4", "A", ["192.168.1.14"]),
        ("example.com", "MX", ["10 mail.example.com.", "50 mail.example.com."]),
        ("www.example.com", "MX", ["10 smtp.example.com."]),
        ("smtp.example.com", "CNAME", ["mail.example.com."]),
        ("h1.example.com", "A", []),
        ("localhost", "A", ["127.0.0.1"]),
        ("localhost", "AAAA", ["::1"]),
        ("4.1.130.10.in-addr.arpa", "PTR", ["www.example.com."]),
        ("1.1.1.10.in-addr.arpa", "PTR", ["backbone."]),
        ("11.1.168.192.in-addr.arpa", "PTR", ["h1."]),
        ("1.1.168.192.in-addr.arpa", "PTR", ["modem."]),
        (ip_address("2001:db8:130:1::4").reverse_pointer, "PTR", ["www.example.com."]),
        ("1.0.0.127.in-addr.arpa", "PTR", ["localhost."]),
    ],
)
def test_what_the_playground_s_dns_answers(
    zones: dict[str, zone.Zone], name: str, kind: str, expected: list[str]
) -> None:
    assert found(zones, name, kind) == expected


def test_every_name_and_record_of_the_topology_is_there(zones: dict[str, zone.Zone]) -> None:
    for name, addresses in forward_names(PLAYGROUND).items():
        for address in addresses:
            kind = "A" if address.version == 4 else "AAAA"
            assert str(address) in found(zones, name, kind)
    for record in PLAYGROUND.records:
        assert record in zones[zone.closest(record.name, zones)].records


def test_each_zone_begins_with_its_soa_and_name_server(zones: dict[str, zone.Zone]) -> None:
    for one in zones.values():
        first, second = one.records[:2]
        assert (first.type, second.type) == ("SOA", "NS")
        assert first.name == second.name == ("" if one.origin == "." else one.origin)
        assert first.value.startswith("backbone. hostmaster.example.com. 2026010101 ")
        assert second.value == "backbone."
        assert [r.type for r in one.records].count("SOA") == 1


def test_an_alias_has_nothing_beside_it(zones: dict[str, zone.Zone]) -> None:
    # RFC 1034 §3.6.2
    for one in zones.values():
        for alias in (r.name for r in one.records if r.type == "CNAME"):
            assert [r.type for r in one.records if r.name == alias] == ["CNAME"]


def test_no_record_is_there_twice_and_none_is_for_a_moment_only(
    zones: dict[str, zone.Zone],
) -> None:
    for one in zones.values():
        keys = [(r.name.lower(), r.type, r.value) for r in one.records]
        assert len(keys) == len(set(keys))
        assert all(r.ttl > 0 for r in one.records)


def test_what_the_topology_says_itself_counts() -> None:
    records = (
        Record(name="www.example.com", type="A", value="10.130.1.4", ttl=60),
        Record(name="example.com", type="SOA", value="a. b. 7 1 1 1 1"),
    )
    made = {z.origin: z for z in zone.zones(replace(PLAYGROUND, records=records), CREDENTIALS)}
    [address] = [r for r in made["example.com"].records if r.name == "www.example.com"][:1]
    assert (address.type, address.ttl) == ("A", 60)
    assert found(made, "www.example.com", "A") == ["10.130.1.4"]
    assert found(made, "example.com", "SOA") == ["a. b. 7 1 1 1 1"]


@pytest.mark.parametrize("origin", [".", "example.com"])
def test_a_zone_has_one_soa_also_when_the_topology_brings_it(origin: str) -> None:
    own = Record(name=origin.strip("."), type="SOA", value="a. b. 7 1 1 1 1")
    made = {z.origin: z for z in zone.zones(replace(PLAYGROUND, records=(own,)), CREDENTIALS)}
    assert [r for r in made[origin].records if r.type == "SOA"] == [own]


def test_names_may_be_written_in_any_case() -> None:
    record = Record(name="Shop.Example.COM", type="A", value="10.0.0.1")
    topology = replace(PLAYGROUND, zones=("Example.com",), records=(record,))
    made = {z.origin: z for z in zone.zones(topology, CREDENTIALS)}
    assert record in made["example.com"].records
    assert "\nShop " in zone.master_file(made["example.com"])


# ---------------------------------------------------------------- keys in the DNS


def test_sshfp_is_the_hash_of_the_host_key(zones: dict[str, zone.Zone]) -> None:
    for node in PLAYGROUND.computers:
        blob = base64.b64decode(CREDENTIALS.hosts[node.name].public.split()[1])
        for name in map(str.lower, node.names):
            assert found(zones, name, "SSHFP") == [f"4 2 {hashlib.sha256(blob).hexdigest()}"]


def key_of(certificate: str) -> bytes:
    """The subject's public key as somebody else's library reads it."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("node", "name", "ports"),
    [
        ("www", "www.example.com", (443,)),
        ("mail", "mail.example.com", (25, 465, 587, 110, 143, 993, 995)),
        ("ftp", "ftp.example.com", (21,)),
        ("backbone", "backbone", (443, 853)),
    ],
)
def test_tlsa_is_the_hash_of_the_certificate_s_key(
    zones: dict[str, zone.Zone], node: str, name: str, ports: tuple[int, ...]
) -> None:
    digest = hashlib.sha256(key_of(CREDENTIALS.nodes[node].chain)).hexdigest()
    for port in ports:
        assert found(zones, f"_{port}._tcp.{name}", "TLSA") == [f"3 1 1 {digest}"]
    everywhere = [r.name for z in zones.values() for r in z.records if r.type == "TLSA"]
    assert len([n for n in everywhere if n.endswith(f"._tcp.{name}")]) == len(ports)


def test_the_subject_key_is_read_from_any_certificate() -> None:
    # The chain's first certificate counts, and long forms of length occur in all of them.
    for certificate in (CREDENTIALS.authority, *CREDENTIALS.extra.values()):
        chain = certificate.chain + CREDENTIALS.authority.chain
        assert subject_key(chain) == key_of(certificate.chain)


def test_the_mail_key_is_cut_into_strings_that_join_again(zones: dict[str, zone.Zone]) -> None:
    [value] = found(zones, "mail._domainkey.example.com", "TXT")
    parts = re.findall(r'"([^"]*)"', value)
    assert len(parts) == 2
    assert all(len(part) <= 255 for part in parts)
    tags = dict(tag.strip().split("=", 1) for tag in "".join(parts).split(";"))
    assert (tags["v"], tags["k"]) == ("DKIM1", "rsa")
    load_der_public_key(base64.b64decode(tags["p"]))


def test_without_a_signer_there_is_no_mail_key() -> None:
    nodes = tuple(replace(node, services=()) for node in PLAYGROUND.nodes)
    made = zone.zones(replace(PLAYGROUND, nodes=nodes), CREDENTIALS)
    assert not [r for z in made for r in z.records if "_domainkey" in r.name or r.type == "TLSA"]


# ---------------------------------------------------------------- zones


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.25.1.1", "10.in-addr.arpa"),
        ("172.20.1.1", "20.172.in-addr.arpa"),
        ("192.168.1.1", "168.192.in-addr.arpa"),
        ("203.0.113.9", "113.0.203.in-addr.arpa"),
        ("2001:db8:a::1", "8.b.d.0.1.0.0.2.ip6.arpa"),
        ("fd12:3456::1", "d.f.ip6.arpa"),
        ("2a02:1:2::1", "1.0.0.0.2.0.a.2.ip6.arpa"),
    ],
)
def test_reverse_zones_are_cut_as_registries_cut_them(address: str, expected: str) -> None:
    assert zone.reverse_zone(ip_address(address)) == expected
    assert ip_address(address).reverse_pointer.endswith(f".{expected}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.example.com", "example.com"),
        ("WWW.Example.COM", "example.com"),
        ("example.com", "example.com"),
        ("myexample.com", "com"),
        ("com", "com"),
        ("org", "."),
        ("", "."),
    ],
)
def test_a_name_belongs_to_the_closest_zone(name: str, expected: str) -> None:
    assert zone.closest(name, (".", "com", "example.com")) == expected


def server(name: str, number: int, hostname: str, **settings: object) -> Node:
    card = Interface(
        name="eth0",
        mac=f"02:00:00:00:00:{number:02x}",
        addresses=(ip_interface(f"10.0.0.{number}/24"), ip_interface(f"2001:db8::{number}/64")),
    )
    use = ServiceUse(name="dns", settings=settings)
    return Node(name=name, hostname=hostname, interfaces=(card,), services=(use,))


TREE = Topology(
    name="tree",
    zones=("com", "example.com"),
    nodes=(
        server("root", 1, "root", zones=[".", "10.in-addr.arpa"]),
        server("com", 2, "ns.com", zones=["com"]),
        server("example", 3, "ns.example.com", zones=["example.com"]),
        server("resolver", 4, "resolver", zones=[], recursion=True),
    ),
)


def tree_context(node: str) -> Context:
    names = dict.fromkeys(("root", "com", "example", "resolver"), CREDENTIALS.nodes["www"])
    keys = dict.fromkeys(names, CREDENTIALS.hosts["www"])
    return Context(
        topology=TREE,
        node=TREE[node],
        use=TREE[node].services[0],
        credentials=replace(CREDENTIALS, nodes=names, hosts=keys),
    )


def test_each_zone_points_to_the_servers_of_the_zones_below() -> None:
    made = {z.origin: z.records for z in zone.zones(TREE, tree_context("root").credentials)}
    assert values(made["."], "com", "NS") == ["ns.com."]
    assert values(made["com"], "com", "NS") == ["ns.com."]
    assert values(made["com"], "example.com", "NS") == ["ns.example.com."]
    assert values(made["."], "example.com", "NS") == []
    # Who can be found only through the zone must be known above it: glue.
    assert values(made["."], "ns.com", "A") == ["10.0.0.2"]
    assert values(made["com"], "ns.example.com", "AAAA") == ["2001:db8::3"]
    assert values(made["."], "ns.example.com", "A") == []


def test_a_node_serves_the_zones_it_is_told_to() -> None:
    def files(node: str) -> set[str]:
        paths = by_path(dns.SERVICE.files(tree_context(node)))
        return {path.rpartition("/")[2] for path in paths if "/zones/" in path}

    assert files("root") == {"root.zone", "10.in-addr.arpa.zone"}
    assert files("example") == {"example.com.zone"}
    assert files("resolver") == set()


def test_a_resolver_begins_at_the_lab_s_root() -> None:
    found = by_path(dns.SERVICE.files(tree_context("resolver")))
    config = text(found["/etc/bind/named.conf"])
    assert "recursion yes;" in config
    assert 'zone "." { type hint; file "/etc/bind/root.hints"; };' in config
    assert text(found["/etc/bind/root.hints"]).splitlines() == [
        ". 3600 IN NS root.",
        "root. 3600 IN A 10.0.0.1",
        "root. 3600 IN AAAA 2001:db8::1",
    ]
    # What it is no authority for cannot be asked of it without asking others.
    assert [probe.port for probe in dns.SERVICE.probes(tree_context("resolver"))] == [853, 443]


def test_an_unknown_zone_is_refused_with_the_nearest_name() -> None:
    there = context("backbone", "dns", zones=["exmaple.com"])
    with pytest.raises(TopologyError) as caught:
        dns.SERVICE.files(there)
    assert str(caught.value) == (
        "backbone: services: dns: zones: the lab has no zone 'exmaple.com';"
        " did you mean 'example.com'?"
    )


# ---------------------------------------------------------------- files


def test_a_master_file_reads_back_as_the_zone(zones: dict[str, zone.Zone]) -> None:
    for one in zones.values():
        lines = zone.master_file(one).splitlines()
        origin = "" if one.origin == "." else one.origin
        assert lines[0] == f"$ORIGIN {origin}."
        assert lines[1] == "$TTL 3600"
        for line, record in zip(lines[2:], one.records, strict=True):
            head, kind, value = re.split(rf" IN ({record.type}) +", line, maxsplit=1)
            name, *ttl = head.split()
            whole = origin if name == "@" else f"{name}.{origin}".rstrip(".")
            assert (whole, kind, value) == (record.name, record.type, record.value)
            assert int(ttl[0] if ttl else 3600) == record.ttl


def test_a_ttl_of_its_own_is_written() -> None:
    record = Record(name="a.example.com", type="A", value="10.0.0.1", ttl=60)
    text = zone.master_file(zone.Zone(origin="example.com", records=(record,)))
    assert text == "$ORIGIN example.com.\n$TTL 3600\na 60 IN A     10.0.0.1\n"


@pytest.fixture(scope="module")
def config() -> str:
    files = by_path(dns.SERVICE.files(context("backbone", "dns")))
    return text(files["/etc/bind/named.conf"])


def test_every_zone_has_its_file(config: str, zones: dict[str, zone.Zone]) -> None:
    files = by_path(dns.SERVICE.files(context("backbone", "dns")))
    declared = dict(re.findall(r'zone "(.*?)" { type primary; file "(.*?)"; };', config))
    assert declared.keys() == zones.keys()
    for origin, path in declared.items():
        assert text(files[path]) == zone.master_file(zones[origin])


def test_it_asks_nobody_and_listens_on_both_families(config: str) -> None:
    options = re.search(r"^options {\n(.*?)^};", config, re.M | re.S)
    assert options
    lines = [line.strip() for line in options[1].splitlines()]
    assert "recursion no;" in lines
    assert "forwarders" not in config
    assert "type hint" not in config
    for family in ("listen-on", "listen-on-v6"):
        assert f"{family} port 53 {{ any; }};" in lines
        assert f"{family} port 853 tls node {{ any; }};" in lines
        assert f"{family} port 443 tls node http node {{ any; }};" in lines
    # An open control channel would be port 953.
    assert "controls { };" in config
    assert config.count("{") == config.count("}")


def test_whole_zones_are_for_private_addresses_only(config: str) -> None:
    [inside] = re.findall(r"allow-transfer { (.*?); };", config)
    networks = inside.split("; ")
    assert {"10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"} <= set(networks)
    assert "any" not in networks


def test_the_key_can_be_read_by_bind_and_by_nobody_else() -> None:
    files = by_path(dns.SERVICE.files(context("backbone", "dns")))
    key = files["/etc/bind/tls/key.pem"]
    assert (key.mode, key.owner, key.group) == (0o640, "root", "bind")
    assert text(key) == CREDENTIALS.nodes["backbone"].key


def test_it_is_ready_when_it_answers_on_all_four_doors() -> None:
    probes = dns.SERVICE.probes(context("backbone", "dns"))
    doors = {(probe.port, probe.transport) for probe in probes}
    assert doors == {(53, "udp"), (53, "tcp"), (853, "tcp"), (443, "tcp")}


@pytest.mark.lab
@pytest.mark.slow
def test_bind_has_nothing_to_say_against_the_zones(lab: Lab) -> None:
    # -z loads each zone as named-checkzone(1) does.
    checked = lab["backbone"].run("named-checkconf", "-z", "/etc/bind/named.conf")
    assert checked.returncode == 0
    loaded = re.findall(r"^zone (\S+)/IN: loaded serial 2026010101$", checked.stdout, re.M)
    assert sorted(loaded) == sorted(zone.origins(PLAYGROUND))
    assert len(loaded) == len(checked.stdout.splitlines())
