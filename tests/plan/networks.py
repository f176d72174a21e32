"""Small topologies, built by hand, for the planner's tests."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from netplay.model import (
    Account,
    Endpoint,
    Interface,
    Link,
    Masquerade,
    Node,
    Role,
    Route,
    Topology,
)
from netplay.services.service import Certificate, Credentials, KeyPair

CREDENTIALS = Credentials(
    authority=Certificate(chain="THE AUTHORITY\n", key="secret"),
    authority_hash="0123abcd",
    user=KeyPair(private="private", public="ssh-ed25519 AAAA"),
    hosts={},
    nodes={},
    extra={},
    dkim=KeyPair(private="private", public="AAAA"),
)


def interface(name: str, number: int, *addresses: str) -> Interface:
    mac = f"02:00:00:00:00:{number:02x}"
    return Interface(name=name, mac=mac, addresses=tuple(map(ip_interface, addresses)))


def link(a: str, b: str) -> Link:
    ends = [Endpoint(*end.split(":")) for end in (a, b)]
    return Link(a=ends[0], b=ends[1])


def home() -> Topology:
    """h1 behind a switch and a modem, www on a cable beyond it."""
    return Topology(
        name="home",
        nodes=(
            Node(
                name="h1",
                interfaces=(interface("eth1", 1, "192.168.1.11/24", "2001:db8:a::11/64"),),
                routes=(
                    Route(destination=ip_network("0.0.0.0/0"), gateway=ip_address("192.168.1.1")),
                ),
                nameservers=(ip_address("10.1.1.1"),),
                search=("example.com",),
            ),
            Node(name="lan", role=Role.SWITCH),
            Node(
                name="modem",
                role=Role.ROUTER,
                interfaces=(
                    interface("eth0", 2, "10.25.1.65/32"),
                    interface("eth1", 3, "192.168.1.1/24"),
                ),
                routes=(
                    Route(destination=ip_network("0.0.0.0/0"), gateway=ip_address("10.25.1.1")),
                    Route(destination=ip_network("10.25.1.1/32"), interface="eth0"),
                ),
                masquerade=(Masquerade(interface="eth0"),),
                sysctls={"net.ipv4.conf.eth0.proxy_arp": "1"},
            ),
            Node(name="www", interfaces=(interface("eth0", 4, "10.25.1.1/16"),)),
        ),
        links=(
            link("h1:eth1", "lan:1"),
            link("modem:eth1", "lan:2"),
            link("modem:eth0", "www:eth0"),
        ),
        accounts=(
            Account(name="root", password="abc123", uid=0, home="/root"),
            Account(name="brandon", password="abc123", uid=1000, home="/home/brandon", sudo=True),
        ),
    )
