"""The filter language: every primitive, every mistake, and the same answers as tcpdump."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

from netplay.capture import Direction, Filter, Frame, Packet, Writer, decode
from netplay.errors import LabError
from tests.capture.packets import (
    ACK,
    FIN,
    H1,
    MAC_A,
    PSH,
    RST,
    SYN,
    SYN_OPTIONS,
    WWW,
    arp,
    ethernet,
    icmp,
    ip,
    pseudo,
    query,
    tcp,
    udp,
)

A6, B6 = "2001:db8::11", "2001:db8:130::4"
HOSTS = {
    "www": [ip_address(WWW), ip_address(B6)], "h1": [ip_address(H1)], "tcp": [ip_address(WWW)],
    "my-host.example.com": [ip_address(H1)],
}  # fmt: skip
ND = bytes(16) + b"\x01\x01" + MAC_A
DATA = {
    "syn": ethernet(ip(H1, WWW, 6, tcp(H1, WWW, 40000, 80, flags=SYN, options=SYN_OPTIONS))),
    "syn-ack": ethernet(ip(WWW, H1, 6, tcp(WWW, H1, 80, 40000, flags=SYN | ACK))),
    "get": ethernet(ip(H1, WWW, 6, tcp(H1, WWW, 40000, 80, flags=PSH | ACK, payload=b"GET /"))),
    "fin": ethernet(ip(H1, WWW, 6, tcp(H1, WWW, 40000, 443, flags=FIN | ACK))),
    "rst6": ethernet(ip(B6, A6, 6, tcp(B6, A6, 8080, 40000, flags=RST))),
    "dns": ethernet(ip(H1, "10.1.1.1", 17, udp(H1, "10.1.1.1", 5000, 53, query("www")))),
    "dns6": ethernet(ip(A6, B6, 17, udp(A6, B6, 5000, 53, query("www")))),
    "ping": ethernet(ip(H1, WWW, 1, icmp(8, 0, b"\0\5\0\1", bytes(1000)))),
    "error": ethernet(ip(WWW, H1, 1, icmp(3, 3, bytes(4), bytes(28)))),
    "nd": ethernet(ip(A6, "ff02::1", 58, icmp(135, 0, bytes(4), ND, pseudo(A6, "ff02::1", 58, 32))),
                   to=bytes.fromhex("333300000001")),
    "arp": ethernet(arp(1, H1, "192.168.1.1"), 0x0806, to=b"\xff" * 6),
    "fragment": ethernet(ip(H1, WWW, 17, bytes(100), flags=185)),
    "ospf": ethernet(ip("10.25.1.1", "224.0.0.5", 89, bytes(44), ttl=1),
                     to=bytes.fromhex("01005e000005")),
    "odd": ethernet(b"?", 0x88B5),
}  # fmt: skip
PACKETS = {
    name: decode(Frame(0, data, "modemA:eth0" if name == "get" else "h1:eth1",
                       Direction.OUT if name == "syn" else Direction.IN))
    for name, data in DATA.items()
}  # fmt: skip
IPV4 = {"syn", "syn-ack", "get", "fin", "dns", "ping", "error", "fragment", "ospf"}
IPV6 = {"rst6", "dns6", "nd"}
TCP = {"syn", "syn-ack", "get", "fin", "rst6"}

# What tcpdump understands too; expected are the names of the packets that match.
SHARED: dict[str, set[str]] = {
    "": set(DATA),
    "ip": IPV4,
    "ip6": IPV6,
    "arp": {"arp"},
    "tcp": TCP,
    "udp": {"dns", "dns6", "fragment"},
    "icmp": {"ping", "error"},
    "icmp6": {"nd"},
    "not ip and not ip6": {"arp", "odd"},
    "! ip && !ip6": {"arp", "odd"},
    "host 10.130.1.4": {"syn", "syn-ack", "get", "fin", "ping", "error", "fragment"},
    "src 10.130.1.4": {"syn-ack", "error"},
    "dst host 10.130.1.4": {"syn", "get", "fin", "ping", "fragment"},
    "src or dst host 10.130.1.4": {"syn", "syn-ack", "get", "fin", "ping", "error", "fragment"},
    "src and dst net 10.0.0.0/8": set(),
    "host 192.168.1.1": {"arp"},
    "arp host 192.168.1.11": {"arp"},
    "ip host 192.168.1.1": set(),
    "host 2001:db8::11": IPV6,
    "ip6 dst host ff02::1": {"nd"},
    "ip6 host ::1": set(),
    "net 10.25": {"ospf"},
    "net 10.25.1.0/24": {"ospf"},
    "net 10.25.0.0 mask 255.255.0.0": {"ospf"},
    "src net 192.168.1": {"syn", "get", "fin", "dns", "ping", "arp", "fragment"},
    "dst net 10": {"syn", "get", "fin", "dns", "ping", "fragment"},
    "net 2001:db8::/64": IPV6,
    "port 80": {"syn", "syn-ack", "get"},
    "port http": {"syn", "syn-ack", "get"},
    "src port 80": {"syn-ack"},
    "tcp dst port 80": {"syn", "get"},
    "tcp dst port 80 or 443": {"syn", "get", "fin"},
    "tcp dst port http or https or domain": {"syn", "get", "fin"},
    "udp port domain": {"dns", "dns6"},
    "tcp port 53": set(),
    "ip6 and port 53": {"dns6"},
    "portrange 8000-9000": {"rst6"},
    "udp src portrange 1-6000": {"dns", "dns6"},
    "src or dst port 80": {"syn", "syn-ack", "get"},
    "src and dst port 80": set(),
    "host 10.130.1.4 and (port 80 or icmp)": {"syn", "syn-ack", "get", "ping", "error"},
    "not host 10.130.1.4 and 192.168.1.11": {"dns", "arp"},
    "not (host 10.130.1.4 or 192.168.1.11)": IPV6 | {"ospf", "odd"},
    "arp or tcp and port 53": set(),  # from left to right: (arp or tcp) and port 53
    "port 53 and tcp or arp": {"arp"},
    "less 60": {"syn-ack", "get", "fin", "arp", "odd"},
    "greater 1000": {"ping"},
    "len > 1000": {"ping"},
    "len - 14 >= 1028": {"ping"},
    "ip proto 89": {"ospf"},
    r"ip proto \tcp": TCP - {"rst6"},
    r"ip6 proto \udp": {"dns6"},
    r"proto \icmp": {"ping", "error"},
    r"ether proto \arp": {"arp"},
    "ether proto 0x88b5": {"odd"},
    "ether src 02:00:00:00:00:01": set(DATA),
    "ether dst ff:ff:ff:ff:ff:ff": {"arp"},
    "ether host 02:00:00:00:00:09": set(),
    "broadcast": {"arp"},
    "ether broadcast": {"arp"},
    "multicast": {"arp", "nd", "ospf"},
    "ip multicast": {"ospf"},
    "ip6 multicast": {"nd"},
    "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0 and ip": TCP - {"rst6"},
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0": {"syn", "syn-ack", "fin"},
    "tcp[tcpflags] == tcp-syn": {"syn"},
    "tcp[13] & 2 != 0": {"syn", "syn-ack"},
    "(tcp[13] & 2) != 0": {"syn", "syn-ack"},
    "(tcp[13] & 2 != 0) and (dst port 80)": {"syn"},
    "tcp[2:2] = 80 and ip": {"syn", "get"},
    "tcp[20:4] = 0x47455420": {"get"},
    "tcp[(tcp[12]&0xf0)>>2:4] = 0x47455420": {"get"},
    "ip[8] < 2": {"ospf"},
    "ip[6:2] & 0x1fff != 0": {"fragment"},
    "ip[0] & 0xf = 5 and icmp": {"ping", "error"},
    "ip6[6] = 58": {"nd"},
    "ip and udp[4:2] > 8": {"dns"},
    "icmp[icmptype] = icmp-echo": {"ping"},
    "icmp[icmptype] == icmp-unreach and icmp[icmpcode] = 3": {"error"},
    "icmp6[icmp6type] = icmp6-neighborsolicit": {"nd"},
    "arp[6:2] = 1": {"arp"},
    "ether[0] & 1 != 0": {"arp", "nd", "ospf"},
    "ether[12:2] = 0x0806": {"arp"},
    # Beyond the end of the packet the whole filter is false.
    "not ip[100] = 1": set(DATA) - IPV4 | {"ping", "fragment"},
    "010 = 8 and arp": {"arp"},
    "1 + 2 * 3 = 7 and arp": {"arp"},
    "7 - 2 - 1 = 4 and arp": {"arp"},
    "1 << 4 | 1 = 17 and arp": {"arp"},
}
# Ours alone.
OWN: dict[str, set[str]] = {
    "host www": {"syn", "syn-ack", "get", "fin", "rst6", "dns6", "ping", "error", "fragment"},
    "www": {"syn", "syn-ack", "get", "fin", "rst6", "dns6", "ping", "error", "fragment"},
    "src host h1 and not (port 80 or icmp)": {"fin", "dns", "arp", "fragment"},
    "host my-host.example.com and port 53": {"dns"},
    r"host \tcp and icmp": {"ping", "error"},
    r"\tcp and icmp": {"ping", "error"},
    "tcp[tcpflags] & tcp-rst != 0": {"rst6"},
    "on modemA": {"get"},
    "on h1:eth1 and dst port 80": {"syn"},
    "outbound": {"syn"},
    "inbound and dst port 80": {"get"},
    "tcp host 10.130.1.4": {"syn", "syn-ack", "get", "fin"},
    "icmp6[0] = 135": {"nd"},
    "10 % 4 = 2 and arp": {"arp"},
    "6 ^ 3 = 5 and arp": {"arp"},
    "arp and 0 - 1 = 0xffffffff": {"arp"},
    "-1 = 0xffffffff and arp": {"arp"},
    "len / (len - len) = 1": set(),
    "vlan": set(),
}


@pytest.mark.parametrize("text", [*SHARED, *OWN])
def test_a_filter_finds_its_packets(text: str) -> None:
    test = Filter(text, HOSTS)
    found = {name for name, packet in PACKETS.items() if test(packet)}
    assert found == {**SHARED, **OWN}[text]


def test_vlans() -> None:
    tagged = decode(Frame(0, ethernet(ip(H1, WWW, 17, udp(H1, WWW, 1, 2)), vlan=42)))
    for text, expected in (("vlan", True), ("vlan 42", True), ("vlan 43", False), ("udp", True),
                           ("udp[0:2] = 1", True)):  # fmt: skip
        assert Filter(text)(tagged) is expected


@pytest.mark.skipif(not shutil.which("tcpdump"), reason="needs tcpdump")
@pytest.mark.slow
def test_tcpdump_gives_the_same_answers(tmp_path: Path) -> None:
    path = tmp_path / "all.pcapng"
    with path.open("wb") as file:
        Writer(file).write([Frame(1000 * n, data) for n, data in enumerate(DATA.values())])
    for text, expected in SHARED.items():
        command = ["tcpdump", "-r", str(path), "-nn", "-tt", text]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lines = [line for line in out.splitlines() if line[0].isdigit()]
        found = {list(DATA)[int(line.split()[0].split(".")[1])] for line in lines}
        assert found == expected, text


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("tcp prot 80", 5, "after 'tcp' comes src, dst, host, net, port, 'and' or 'or'"),
        ("port 99999", 6, "99999 is not a port: they end at 65535"),
        ("host wwww", 6, "no host is called 'wwww'; did you mean 'www'?"),
        ("(wwww)", 2, "no host is called 'wwww'; did you mean 'www'?"),
        ("prot 80", 1, "no host is called 'prot'; did you mean 'proto'?"),
        ("quux", 1, "no host is called 'quux'; known are h1, my-host.example.com, tcp, www"),
        ("tcp[13", 7, "']' is missing here"),
        ("tcp[13] & 2", 12, "a comparison is missing here: =, !=, <, >, <= or >="),
        ("tcp[tcpflag] = 2", 5,
         "a number should stand here, not 'tcpflag'; did you mean 'tcpflags'?"),
        ("tcp[0:3] = 1", 7, "1, 2 or 4 bytes can be read at once"),
        ("tcp[13] = ", 10, "a number should stand here"),
        ("foo[1] = 1", 1, "a number should stand here, not 'foo'"),
        ("tcp and", 8, "something to look for is missing here"),
        ("and tcp", 1, "'and' cannot stand here"),
        ("not", 4, "something to look for is missing here"),
        ("()", 2, "')' cannot stand here"),
        ("(tcp or udp", 12, "')' is missing here"),
        ("tcp port 80 udp", 13, "'and' or 'or' should stand before 'udp'"),
        ("net 10.1.1.1/8", 5, "'10.1.1.1/8' is not a network: 10.1.1.1/8 has host bits set"),
        ("net 1.2.3.4.5", 5, "'1.2.3.4.5' is not a network"),
        ("host 10.0.0.0/8", 14, "a network is asked for with 'net', as in net 10.0.0.0/8"),
        ("port htp", 6, "no port is called 'htp'; did you mean 'http'?"),
        ("port zzzz", 6, "no port is called 'zzzz'; a number always works"),
        ("portrange 90-80", 11, "'90-80' is not a range of ports, as 6000-6008 is"),
        ("icmp port 7", 11, "icmp has no ports"),
        ("src", 4, "a host is missing here"),
        ("port and tcp", 6, "a port is missing here"),
        ("ether host 1", 12, "'1' is not a MAC address"),
        ("ip proto foo", 10, "no protocol is called 'foo'; known are ah, esp"),
        ("ether proto foo", 13, "no protocol is called 'foo'; known are arp, ip, ip6, rarp"),
        ("ip broadcast", 4, "'ip broadcast' is not known; 'broadcast' alone is"),
        ("less x", 6, "a number should stand here, not 'x'"),
        ("on and", 7, "something to look for is missing here"),
        ("on", 3, "after 'on' comes a node or a point, as h1:eth1"),
        ("gateway isp", 1, "'gateway' is known to tcpdump, but not here"),
        ("tcp \x1b[2J", 5, r"'\x1b' means nothing here"),
        ("len", 4, "a comparison is missing here: =, !=, <, >, <= or >="),
    ],
)  # fmt: skip
def test_mistakes_are_pointed_at(text: str, column: int, sentence: str) -> None:
    if text == "on and":
        Filter(text)  # a node may be called so
        return
    with pytest.raises(LabError) as caught:
        Filter(text, HOSTS)
    first, shown, mark = str(caught.value).split("\n")
    assert first.startswith(f"filter, column {column}: {sentence}")
    assert str(caught.value).replace("\n", "").isprintable()
    assert mark.index("^") == column + 1 or not text.isprintable()
    assert shown.startswith("  ")


def test_a_filter_shows_its_text() -> None:
    assert repr(Filter("tcp")) == "Filter('tcp')"
    assert Filter("tcp").text == "tcp"


def test_names_may_be_any_iterable_of_addresses() -> None:
    packet: Packet = PACKETS["syn"]
    assert Filter("host x", {"x": iter([ip_address(WWW)])})(packet)
    assert not Filter("host x", {"x": ()})(packet)
