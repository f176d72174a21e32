"""Who trusts whom: every TLS service of the playground, and every client that should accept it."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.handshake import authority, handshake
from tests.lab.remote import call, shell

pytestmark = pytest.mark.lab

# Name, address, port, and how TLS is asked for where it is not there from the first byte.
ENDPOINTS = [
    ("backbone", "10.1.1.1", 443, None),
    ("backbone", "10.1.1.1", 853, None),
    ("ftp.example.com", "10.130.1.2", 21, "ftp"),
    ("mail.example.com", "10.130.1.3", 25, "smtp"),
    ("mail.example.com", "10.130.1.3", 110, "pop3"),
    ("mail.example.com", "10.130.1.3", 143, "imap"),
    ("mail.example.com", "10.130.1.3", 465, None),
    ("mail.example.com", "10.130.1.3", 587, "smtp"),
    ("mail.example.com", "10.130.1.3", 993, None),
    ("mail.example.com", "10.130.1.3", 995, None),
    ("www.example.com", "10.130.1.4", 443, None),
]
every_endpoint = pytest.mark.parametrize(
    ("name", "address", "port", "starttls"), ENDPOINTS, ids=[f"{e[0]}:{e[2]}" for e in ENDPOINTS]
)

# The site, what OpenSSL calls the fault, and its number (X509_V_ERR_… of x509_vfy.h).
BAD = [
    ("expired.example.com", "certificate has expired", 10),
    ("wrong.example.com", "Hostname mismatch, certificate is not valid for", 62),
    ("selfsigned.example.com", "self-signed certificate", 18),
    ("otherca.example.com", "unable to get local issuer certificate", 20),
]
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME

# An environment in which the usual default contexts trust nobody.
TRUSTS_NOBODY = {"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/nowhere"}
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


@pytest.fixture(scope="module")
def trusting(lab: Lab) -> ssl.SSLContext:
    """The default context of the Python that runs the tests, with the lab's authority alone."""
    context = ssl.create_default_context(cadata=authority(lab["h1"]))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # a default since Python 3.13
    return context


def client_of_the_library(name: str, port: int, starttls: str | None) -> str:
    """The version of TLS that Python's own client for the port ends with, or why it refuses."""
    import ftplib
    import imaplib
    import poplib
    import smtplib
    import socket
    import ssl

    context = ssl.create_default_context()
    try:
        if starttls == "ftp":
            ftp = ftplib.FTP_TLS(context=context, timeout=10)
            ftp.connect(name, port)
            ftp.auth()
            return ftp.sock.version()
        if starttls == "smtp":
            smtp = smtplib.SMTP(name, port, timeout=10)
            smtp.starttls(context=context)
            return smtp.sock.version()
        if starttls == "pop3":
            pop3 = poplib.POP3(name, port, timeout=10)
            pop3.stls(context)
            return pop3.sock.version()
        if starttls == "imap":
            imap = imaplib.IMAP4(name, port, timeout=10)
            imap.starttls(context)
            return imap.sock.version()
        if port == 465:
            return smtplib.SMTP_SSL(name, port, timeout=10, context=context).sock.version()
        if port == 993:
            return imaplib.IMAP4_SSL(name, port, ssl_context=context, timeout=10).sock.version()
        if port == 995:
            return poplib.POP3_SSL(name, port, timeout=10, context=context).sock.version()
        raw = socket.create_connection((name, port), timeout=10)
        return context.wrap_socket(raw, server_hostname=name).version()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message


@every_endpoint
def test_the_library_of_a_node_accepts_it(
    h1: Node, name: str, address: str, port: int, starttls: str | None
) -> None:
    assert call(h1, client_of_the_library, name, port, starttls) == "TLSv1.3"


@every_endpoint
def test_the_library_of_a_node_refuses_it_without_the_authority(
    h1: Node, name: str, address: str, port: int, starttls: str | None
) -> None:
    said = call(h1, client_of_the_library, name, port, starttls, env=TRUSTS_NOBODY)
    assert said == "unable to get local issuer certificate"


@every_endpoint
def test_the_library_that_runs_the_tests_accepts_it_strictly(
    h1: Node, trusting: ssl.SSLContext, name: str, address: str, port: int, starttls: str | None
) -> None:
    for called in (name, name.partition(".")[0], address):
        with handshake(h1, address, port, trusting, called, starttls=starttls) as sock:
            assert sock.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(h1, address, port, trusting, "elsewhere.example.com", starttls=starttls)
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        handshake(h1, address, port, ssl.create_default_context(), name, starttls=starttls)


@every_endpoint
def test_versions_before_1_2_are_turned_down(
    h1: Node, name: str, address: str, port: int, starttls: str | None
) -> None:
    def reached(version: str) -> bool:
        # Level 0, or this client would not offer the old versions at all.
        option = f"-starttls {starttls}" if starttls else ""
        line = f"openssl s_client -brief {version} -cipher DEFAULT@SECLEVEL=0 {option}"
        done = h1.run("sh", "-c", f"{line} -connect {name}:{port} </dev/null 2>&1", timeout=20)
        assert "CONNECTION ESTABLISHED" in done.stdout or "alert" in done.stdout, done.stdout
        return "CONNECTION ESTABLISHED" in done.stdout

    assert {v: reached(v) for v in ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")} == {
        "-tls1": False,
        "-tls1_1": False,
        "-tls1_2": True,
        "-tls1_3": True,
    }


@every_endpoint
def test_openssl_on_a_node_verifies_it_and_its_name(
    h1: Node, name: str, address: str, port: int, starttls: str | None
) -> None:
    option = f"-starttls {starttls}" if starttls else ""
    check = f"-verify_return_error -verify_hostname {name}"
    line = f"openssl s_client -brief {option} -connect {name}:{port} {check} </dev/null 2>&1"
    said = shell(h1, line)
    assert "Verification: OK" in said
    assert f"Verified peername: {name}" in said


SITES = ("https://www.example.com/", "https://www/", "https://10.130.1.4/", "https://maps/status")
CURL = "curl -sS --max-time 10 -o /dev/null -w '%{http_code}'"


@pytest.mark.parametrize("site", SITES)
def test_curl_accepts_the_web_server_by_every_name(h1: Node, site: str) -> None:
    assert shell(h1, f"{CURL} {site}") == "200"


@pytest.mark.parametrize(
    "words",
    [
        "https://www.example.com/",
        "--ssl-reqd ftp://ftp.example.com/",
        "imaps://mail.example.com/",
        "--ssl-reqd pop3://mail.example.com/",
        "--ssl-reqd smtp://mail.example.com/",
    ],
)
def test_curl_trusts_the_authority_and_nobody_without_it(h1: Node, words: str) -> None:
    login = "--user brandon:abc123" if "mail" in words and "smtp" not in words else ""
    line = f"curl -sS --max-time 10 {login} -o /dev/null {words}"
    assert h1.run("sh", "-c", line, timeout=20).returncode == 0
    done = h1.run("sh", "-c", f"{line} --capath /nowhere --cacert /etc/hostname", timeout=20)
    assert done.returncode in (60, 77)  # curl(1): cannot authenticate the peer; cannot read the CA
    other = "/etc/ssl/certs/ISRG_Root_X1.pem"  # somebody whom the Internet trusts
    done = h1.run("sh", "-c", f"{line} --capath /nowhere --cacert {other}", timeout=20)
    assert done.returncode == 60
    assert "unable to get local issuer certificate" in done.stderr


def ask_with_the_libraries(url: str, bundle: str | None) -> dict[str, Any]:
    """The status that each HTTP library gets, or the end of what it complains about."""
    import asyncio
    import ssl

    import aiohttp
    import httpx2
    import requests

    def context() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=bundle)

    def with_requests() -> int:
        return requests.get(url, timeout=10, verify=bundle or True).status_code

    def with_httpx2() -> int:
        return httpx2.get(url, timeout=10, verify=context()).status_code

    def with_httpx2_over_2() -> str:
        with httpx2.Client(http2=True, timeout=10, verify=context()) as client:
            return client.get(url).http_version

    def with_aiohttp() -> int:
        async def get() -> int:
            async with aiohttp.ClientSession() as session, session.get(url, ssl=context()) as reply:
                return reply.status

        return asyncio.run(get())

    def outcome(ask: Any) -> Any:
        try:
            return ask()
        except Exception as error:
            return "refused" if "CERTIFICATE_VERIFY_FAILED" in str(error) else repr(error)

    asked = (with_requests, with_httpx2, with_httpx2_over_2, with_aiohttp)
    return {ask.__name__.removeprefix("with_"): outcome(ask) for ask in asked}


@pytest.mark.parametrize("site", ["https://www.example.com/", "https://www/"])
def test_the_http_libraries_accept_the_web_server_as_they_are(h1: Node, site: str) -> None:
    assert call(h1, ask_with_the_libraries, site, None) == {
        "requests": 200,
        "httpx2": 200,
        "httpx2_over_2": "HTTP/2",
        "aiohttp": 200,
    }


def test_the_http_libraries_refuse_it_with_a_bundle_of_somebody_elses(h1: Node) -> None:
    other = "/etc/ssl/certs/ISRG_Root_X1.pem"
    found = call(h1, ask_with_the_libraries, "https://www.example.com/", other)
    assert set(found.values()) == {"refused"}


@pytest.mark.parametrize(("site", "fault", "number"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_certificate_is_refused_for_its_own_fault(
    h1: Node, trusting: ssl.SSLContext, site: str, fault: str, number: int
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(h1, "10.130.1.4", 443, trusting, site)
    assert caught.value.verify_code == number
    assert fault in caught.value.verify_message
    assert fault in call(h1, client_of_the_library, site, 443, None)
    assert h1.run("sh", "-c", f"{CURL} https://{site}/", timeout=20).returncode == 60


def test_an_expired_certificate_has_no_other_fault(h1: Node) -> None:
    forgiving = ssl.create_default_context(cadata=authority(h1))
    forgiving.verify_flags |= NO_CHECK_TIME
    handshake(h1, "10.130.1.4", 443, forgiving, "expired.example.com").close()


def test_a_certificate_for_somebody_else_has_no_other_fault(
    h1: Node, trusting: ssl.SSLContext
) -> None:
    unchecked = ssl.create_default_context(cadata=authority(h1))
    unchecked.check_hostname = False
    with handshake(h1, "10.130.1.4", 443, unchecked, "wrong.example.com") as sock:
        names = sock.getpeercert()["subjectAltName"]  # type: ignore[index]
    assert names == (("DNS", "somebody-else.invalid"),)


@pytest.mark.parametrize("site", ["selfsigned.example.com", "otherca.example.com"])
def test_a_certificate_without_a_known_issuer_has_no_other_fault(h1: Node, site: str) -> None:
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with handshake(h1, "10.130.1.4", 443, blind, site) as sock:
        served = ssl.DER_cert_to_PEM_cert(sock.getpeercert(binary_form=True) or b"")
    # Who has it by heart needs no issuer.
    knowing = ssl.create_default_context(cadata=served)
    knowing.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    handshake(h1, "10.130.1.4", 443, knowing, site).close()


def test_the_good_neighbour_of_the_bad_ones_is_still_good(
    h1: Node, trusting: ssl.SSLContext
) -> None:
    for site in ("www.example.com", "secure.example.com", "maps.example.com", "old.example.com"):
        handshake(h1, "10.130.1.4", 443, trusting, site).close()


def test_every_machine_trusts_the_same_authority(lab: Lab) -> None:
    (known,) = {authority(node) for node in lab}
    for node in lab:
        assert known in node.run("cat", BUNDLE).stdout, node.name


def test_no_private_key_can_be_read_by_a_person(lab: Lab) -> None:
    line = "find /etc -name '*.key' -o -name 'key.pem' -o -name 'server.pem' 2>/dev/null"
    for machine in ("backbone", "ftp", "mail", "www"):
        keys = [
            path
            for path in shell(lab[machine], line).split()
            if "PRIVATE KEY" in lab[machine].run("cat", path).stdout
        ]
        assert keys, machine
        for path in keys:
            assert lab[machine].run("cat", path, user="brandon").returncode, path


def test_a_certificate_says_what_it_may_be_used_for(h1: Node) -> None:
    text = shell(h1, "openssl s_client -connect www:443 </dev/null | openssl x509 -noout -text")
    assert "TLS Web Server Authentication" in text
    assert "CA:FALSE" in text
    names = set(text.partition("Subject Alternative Name:")[2].replace(",", "").split())
    assert {"DNS:www.example.com", "DNS:www", "DNS:maps", "Address:10.130.1.4"} <= names
