"""The name server of the playground, asked by the programs of a machine at home."""

from __future__ import annotations

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.dig import dig, transfer
from tests.lab.remote import shell

pytestmark = pytest.mark.lab

SERVER4, SERVER6 = "10.1.1.1", "2001:db8:1::1"

ADDRESSES = {
    "backbone": ("10.1.1.1", "2001:db8:1::1"),
    "isp": ("10.25.1.1", "2001:db8:25::1"),
    "modemA": ("10.25.1.65", "2001:db8:25:a::65"),
    "modemB": ("10.25.1.66", "2001:db8:25:b::66"),
    "h1": ("192.168.1.11", "2001:db8:a::11"),
    "h2": ("192.168.1.12", "2001:db8:a::12"),
    "h3": ("192.168.1.13", "2001:db8:a::13"),
    "h4": ("192.168.1.14", "2001:db8:b::14"),
    **dict.fromkeys(("example", "example.com"), ("10.130.1.1", "2001:db8:130::1")),
    **dict.fromkeys(("ftp", "ftp.example.com"), ("10.130.1.2", "2001:db8:130:1::2")),
    **dict.fromkeys(("mail", "mail.example.com"), ("10.130.1.3", "2001:db8:130:1::3")),
    **dict.fromkeys(("www", "www.example.com"), ("10.130.1.4", "2001:db8:130:1::4")),
}
REVERSE = {
    "10.1.1.1": "backbone",
    "10.25.1.1": "isp",
    "10.25.1.65": "modema",
    "10.25.1.66": "modemb",
    "10.130.1.1": "example.com",
    "10.130.1.2": "ftp.example.com",
    "10.130.1.3": "mail.example.com",
    "10.130.1.4": "www.example.com",
    "192.168.1.1": "modem",
    "192.168.1.11": "h1",
    "192.168.1.12": "h2",
    "192.168.1.13": "h3",
    "192.168.1.14": "h4",
    "2001:db8:1::1": "backbone",
    "2001:db8:25::1": "isp",
    "2001:db8:25:a::1": "isp",
    "2001:db8:25:b::66": "modemb",
    "2001:db8:a::1": "modema",
    "2001:db8:a::11": "h1",
    "2001:db8:b::14": "h4",
    "2001:db8:130::1": "example.com",
    "2001:db8:130:1::1": "example.com",
    "2001:db8:130:1::2": "ftp.example.com",
    "2001:db8:130:1::3": "mail.example.com",
    "2001:db8:130:1::4": "www.example.com",
}
# Everything else that has a fixed text: name, type, the whole answer.
RECORDS = [
    (".", "NS", {"backbone."}),
    ("example.com", "NS", {"backbone."}),
    ("10.in-addr.arpa", "NS", {"backbone."}),
    ("168.192.in-addr.arpa", "NS", {"backbone."}),
    ("8.b.d.0.1.0.0.2.ip6.arpa", "NS", {"backbone."}),
    ("example.com", "MX", {"10 mail.example.com.", "50 mail.example.com."}),
    ("www.example.com", "MX", {"10 smtp.example.com."}),
    ("smtp.example.com", "CNAME", {"mail.example.com."}),
    ("maps.example.com", "CNAME", {"www.example.com."}),
    ("modem", "A", {"192.168.1.1"}),
    ("localhost", "A", {"127.0.0.1"}),
    ("example.com", "TXT", {'"v=spf1 mx -all"'}),
    (
        "_dmarc.example.com",
        "TXT",
        {'"v=DMARC1; p=reject; rua=mailto:postmaster@example.com"'},
    ),
    ("_mta-sts.example.com", "TXT", {'"v=STSv1; id=1"'}),
    ("example.com", "CAA", {'0 issue "ca.example.com"'}),
    ("www.example.com", "HTTPS", {'1 . alpn="h2,h3"'}),
]
SERVICES = {
    "_submission._tcp.example.com": ("587", "mail.example.com."),
    "_submissions._tcp.example.com": ("465", "mail.example.com."),
    "_imap._tcp.example.com": ("143", "mail.example.com."),
    "_imaps._tcp.example.com": ("993", "mail.example.com."),
    "_pop3._tcp.example.com": ("110", "mail.example.com."),
    "_pop3s._tcp.example.com": ("995", "mail.example.com."),
    "_ftp._tcp.example.com": ("21", "ftp.example.com."),
    "_ssh._tcp.example.com": ("22", "example.com."),
}
ZONES = {
    ".": "modem.",
    "example.com": "_ftp._tcp.example.com.",
    "10.in-addr.arpa": "65.1.25.10.in-addr.arpa.",
    "168.192.in-addr.arpa": "1.1.168.192.in-addr.arpa.",
    "8.b.d.0.1.0.0.2.ip6.arpa": f"{'4.' + '0.' * 15}1.0.0.0.0.3.1.0.8.b.d.0.1.0.0.2.ip6.arpa.",
}
# Where TLS is spoken, and how a client says that it wants it.
TLS = [
    ("backbone", 443, None),
    ("backbone", 853, None),
    ("ftp.example.com", 21, "ftp"),
    ("mail.example.com", 25, "smtp"),
    ("mail.example.com", 110, "pop3"),
    ("mail.example.com", 143, "imap"),
    ("mail.example.com", 465, None),
    ("mail.example.com", 587, "smtp"),
    ("mail.example.com", 993, None),
    ("mail.example.com", 995, None),
    ("www.example.com", 443, None),
]


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_name_leads_to_both_addresses(h1: Node, name: str) -> None:
    four, six = ADDRESSES[name]
    assert dig(h1, name, "A").data == {four}
    assert dig(h1, name, "AAAA").data == {six}


@pytest.mark.parametrize("address", REVERSE)
def test_an_address_leads_back_to_its_name(h1: Node, address: str) -> None:
    assert dig(h1, "-x", address).data == {f"{REVERSE[address]}."}


@pytest.mark.parametrize(("name", "kind", "expected"), RECORDS)
def test_a_record_is_there_and_is_all_there_is(
    h1: Node, name: str, kind: str, expected: set[str]
) -> None:
    reply = dig(h1, name, kind)
    assert reply.data == expected
    assert reply.status == "NOERROR"
    assert "aa" in reply.flags
    assert all(row.ttl > 0 for row in reply.answer)


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_begins_with_an_soa_that_names_server_and_person(h1: Node, zone: str) -> None:
    (data,) = dig(h1, zone, "SOA").data
    server, person, serial, *timers = data.split()
    assert (server, person) == ("backbone.", "hostmaster.example.com.")
    assert int(serial) > 0
    # RFC 1912 §2.2: a retry is shorter than a refresh, and nothing expires before either.
    refresh, retry, expire, negative = map(int, timers)
    assert 0 < retry < refresh < expire
    assert negative > 0


@pytest.mark.parametrize("service", SERVICES)
def test_an_srv_record_names_a_port_that_somebody_listens_on(h1: Node, service: str) -> None:
    (data,) = dig(h1, service, "SRV").data
    _, _, port, target = data.split()
    assert (port, target) == SERVICES[service]
    shell(h1, f"nc -z -w 5 {target.rstrip('.')} {port}")


def test_an_alias_is_followed_to_the_address(h1: Node) -> None:
    answer = dig(h1, "smtp.example.com", "A").answer
    assert [(row.type, row.data) for row in answer] == [
        ("CNAME", "mail.example.com."),
        ("A", "10.130.1.3"),
    ]


def test_the_mail_key_is_a_whole_rsa_key(h1: Node) -> None:
    (data,) = dig(h1, "mail._domainkey.example.com", "TXT").data
    text = "".join(data.split('"')[1::2])
    assert text.startswith("v=DKIM1; k=rsa; p=")
    command = f"echo {text.partition('p=')[2]} | base64 -d | openssl pkey -pubin -noout -text"
    assert "Public-Key: (2048 bit)" in shell(h1, command)


@pytest.mark.parametrize(("host", "port", "starttls"), TLS)
def test_a_tlsa_record_fits_the_certificate_that_is_served(
    h1: Node, host: str, port: int, starttls: str | None
) -> None:
    (record,) = dig(h1, f"_{port}._tcp.{host}", "TLSA").data
    option = f"-starttls {starttls}" if starttls else ""
    # RFC 7671: with no authority at all, the record alone makes the certificate good.
    said = shell(
        h1,
        f"openssl s_client -brief -verify_return_error -no-CAfile -no-CApath -no-CAstore {option}"
        f" -connect {host}:{port} -dane_tlsa_domain {host} -dane_tlsa_rrdata '{record}'"
        " </dev/null 2>&1",
    )
    assert "Verification: OK" in said
    assert "matched the EE certificate at depth 0" in said


@pytest.mark.parametrize("machine", ["h1", "modemB", "isp", "backbone", "example", "ftp", "www"])
def test_an_sshfp_record_fits_the_host_key_that_is_served(lab: Lab, machine: str) -> None:
    for name in {machine, *lab[machine].description.names}:
        scanned = shell(lab[machine], f"ssh-keyscan -q -D -t ed25519 {name}")
        served = {line.partition(" IN SSHFP ")[2] for line in scanned.splitlines()}
        (record,) = dig(lab["h1"], name, "SSHFP").data
        algorithm, kind, *digits = record.lower().split()
        assert (algorithm, kind) == ("4", "2")  # Ed25519 by its SHA-256
        assert f"4 2 {''.join(digits)}" in served


def test_ssh_finds_the_fingerprint_of_an_unknown_host_in_the_dns(h1: Node) -> None:
    unknown = "-o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null"
    options = f"-v {unknown} -o VerifyHostKeyDNS=yes -o StrictHostKeyChecking=yes -o BatchMode=yes"
    done = h1.run("sh", "-c", f"ssh {options} www.example.com true", timeout=20)
    assert "matching host key fingerprint found in DNS" in done.stderr
    # Unsigned answers are a hint, not a proof: ssh still refuses, as it should.
    assert done.returncode == 255


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("nowhere.example.com", "example.com."),
        ("h1.example.com", "example.com."),
        ("nowhere", "."),
        ("python.org", "."),
        ("99.1.130.10.in-addr.arpa", "10.in-addr.arpa."),
    ],
)
def test_an_unknown_name_is_denied_by_its_zone(h1: Node, name: str, zone: str) -> None:
    reply = dig(h1, name, "A")
    assert (reply.status, reply.answer) == ("NXDOMAIN", ())
    assert "aa" in reply.flags
    (row,) = reply.authority
    assert (row.name, row.type) == (zone, "SOA")
    assert row.ttl > 0


@pytest.mark.parametrize(
    ("name", "kind", "zone"),
    [
        ("www.example.com", "SRV", "example.com."),
        ("ftp.example.com", "MX", "example.com."),
        ("_tcp.example.com", "A", "example.com."),  # only the names below it have records
        ("modem", "AAAA", "."),
        ("h1", "TXT", "."),
    ],
)
def test_a_known_name_without_such_a_record_is_no_error(
    h1: Node, name: str, kind: str, zone: str
) -> None:
    reply = dig(h1, name, kind)
    assert (reply.status, reply.answer) == ("NOERROR", ())
    (row,) = reply.authority
    assert (row.name, row.type) == (zone, "SOA")


def test_a_denial_names_its_own_lifetime(h1: Node) -> None:
    # RFC 2308 §5: the smaller of the SOA's own TTL and its last field.
    (row,) = dig(h1, "nowhere.example.com").authority
    assert row.ttl == int(row.data.split()[-1])


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("+notcp",), f"{SERVER4}#53({SERVER4}) (UDP)"),
        (("+tcp",), f"{SERVER4}#53({SERVER4}) (TCP)"),
        ((f"@{SERVER6}",), f"{SERVER6}#53({SERVER6}) (UDP)"),
        (("+tcp", f"@{SERVER6}"), f"{SERVER6}#53({SERVER6}) (TCP)"),
        (("@backbone", "+tls-ca", "+tls-hostname=backbone", "+tls"), "#853(backbone) (TLS)"),
        (("@backbone", "+tls-ca", "+tls-hostname=backbone", "+https"), "#443(backbone) (HTTPS)"),
        (
            (f"@{SERVER6}", "+tls-ca", "+tls-hostname=backbone", "+tls"),
            f"{SERVER6}#853({SERVER6}) (TLS)",
        ),
        (
            (f"@{SERVER6}", "+tls-ca", "+tls-hostname=backbone", "+https-get"),
            f"{SERVER6}#443({SERVER6}) (HTTPS-GET)",
        ),
    ],
)
def test_every_transport_gives_the_same_answer(
    h1: Node, words: tuple[str, ...], shown: str
) -> None:
    reply = dig(h1, "www.example.com", *words)
    assert reply.data == {"10.130.1.4"}
    assert "aa" in reply.flags
    assert shown in reply.text


@pytest.mark.parametrize("transport", ["+tls", "+https"])
def test_an_encrypted_question_is_not_asked_of_somebody_else(h1: Node, transport: str) -> None:
    reply = dig(h1, "www.example.com", "@backbone", transport, "+tls-ca", "+tls-hostname=www")
    assert "hostname mismatch" in reply.text
    assert not reply.answer


def test_curl_finds_a_site_over_https_alone(h1: Node) -> None:
    # The address of the server itself is given: it cannot be asked for its own.
    curl = f"curl -sS --max-time 10 --resolve backbone:443:{SERVER4}"
    site = "--doh-url https://backbone/dns-query http://www.example.com/site/machines.json"
    # Without resolv.conf nobody is asked but whom the URL names.
    private = f"mount --bind /dev/null /etc/resolv.conf && {curl} {site}"
    assert '"lab": "playground"' in shell(h1, f"unshare --mount sh -c '{private}'")


def test_edns_is_spoken_and_its_next_version_declined(h1: Node) -> None:
    assert "EDNS: version: 0" in dig(h1, "www.example.com", "+edns=0").text
    assert "EDNS" not in dig(h1, "www.example.com", "+noedns").text
    assert dig(h1, "www.example.com", "+edns=1", "+noednsneg").status == "BADVERS"


def test_upper_and_lower_case_are_the_same_name(h1: Node) -> None:
    reply = dig(h1, "wWw.ExAmPlE.cOm")
    assert reply.data == {"10.130.1.4"}
    assert ";wWw.ExAmPlE.cOm." in dig(h1, "+question", "wWw.ExAmPlE.cOm").text
    assert dig(h1, "MODEMB").data == {"10.25.1.66"}


def test_nothing_is_looked_up_elsewhere_for_anybody(h1: Node) -> None:
    reply = dig(h1, "www.example.com", "+recurse")
    assert "rd" in reply.flags
    assert "ra" not in reply.flags


def test_nobody_may_change_a_zone(h1: Node) -> None:
    lines = f"server {SERVER4}\nupdate add new.example.com. 60 A 10.130.1.9\nsend\n"
    done = h1.run("nsupdate", input=lines, timeout=20)
    assert "update failed: REFUSED" in done.stderr
    assert dig(h1, "new.example.com").status == "NXDOMAIN"


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_zone_is_transferred_to_those_inside(h1: Node, zone: str) -> None:
    rows = transfer(h1, zone)
    assert [rows[0].type, rows[-1].type] == ["SOA", "SOA"]
    assert ZONES[zone] in {row.name for row in rows}


def test_a_transfer_brings_exactly_what_single_questions_find(h1: Node) -> None:
    rows = transfer(h1, "example.com")
    for kind in ("MX", "TXT", "CAA"):
        found = {row.data for row in rows if (row.name, row.type) == ("example.com.", kind)}
        assert found == dig(h1, "example.com", kind).data, kind


def test_a_transfer_of_a_name_that_is_no_zone_is_refused(h1: Node) -> None:
    assert not transfer(h1, "www.example.com")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("www", "www.example.com has address 10.130.1.4"),
        ("www.example.com", "www.example.com has address 10.130.1.4"),
        ("mail", "mail.example.com has address 10.130.1.3"),
        ("smtp", "smtp.example.com is an alias for mail.example.com."),
        ("h4", "h4 has address 192.168.1.14"),
        ("isp", "isp has IPv6 address 2001:db8:25::1"),
        ("example.com", "example.com mail is handled by 10 mail.example.com."),
        ("10.25.1.65", "domain name pointer modema."),
    ],
)
def test_host_completes_what_is_typed(h1: Node, typed: str, found: str) -> None:
    assert found in shell(h1, f"host {typed}")


def test_every_machine_asks_the_same_server(lab: Lab) -> None:
    for node in lab:
        reply = dig(node, "www.example.com")
        assert reply.data == {"10.130.1.4"}, node.name
        assert f"SERVER: {SERVER4}#53" in reply.text, node.name


def test_a_question_is_found_in_the_servers_log(lab: Lab) -> None:
    assert dig(lab["h2"], "asked-by-h2.example.com").status == "NXDOMAIN"
    log = shell(lab["backbone"], "cat /var/log/netplay/dns.log")
    assert "query: asked-by-h2.example.com IN A" in log
