"""The lab's DNS records. Nothing is typed twice: what can follow from the topology, follows.

Addresses and reverse names come from the interfaces, SSHFP from the SSH host keys, TLSA from
the certificates, the DKIM key from the mail service's; the topology's own records come
first. Values are in presentation format (RFC 1035 §5.1).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping

from netplay.model import Address, Node, Record, Topology
from netplay.names import forward_names, reverse_names
from netplay.services.mail_domains import mail_domain, mail_domains
from netplay.services.opendkim import SELECTOR
from netplay.services.service import Certificate, Credentials, KeyPair

__all__ = ["records"]

# Which ports of a service speak TLS, at once or after a STARTTLS of their own.
TLS_PORTS = {
    "dns": (443, 853),
    "ftp": (21,),
    "postfix": (25, 465, 587),
    "dovecot": (110, 143, 993, 995),
    "nginx": (443,),
}


def records(topology: Topology, credentials: Credentials) -> Iterator[Record]:
    """Every record of the lab but the SOA and NS, which depend on the division into zones."""
    yield from topology.records
    known = forward_names(topology)
    yield from _localhost()
    yield from _addresses(topology, known)
    for node in topology.computers:
        names = [name for name in map(str.lower, node.names) if name in known]
        yield from _host_key(names, credentials.hosts[node.name])
        yield from _certificates(node, credentials.nodes[node.name])
        if node.runs("opendkim"):
            yield from _mail_key(topology, node, credentials.dkim)


def _localhost() -> Iterator[Record]:
    """RFC 6761 §6.3: servers know `localhost`, so that the question goes no further."""
    yield Record(name="localhost", type="A", value="127.0.0.1")
    yield Record(name="localhost", type="AAAA", value="::1")
    yield Record(name="1.0.0.127.in-addr.arpa", type="PTR", value="localhost.")


def _addresses(topology: Topology, known: Mapping[str, Iterable[Address]]) -> Iterator[Record]:
    for name, addresses in known.items():
        for address in addresses:
            kind = "A" if address.version == 4 else "AAAA"
            yield Record(name=name, type=kind, value=str(address))
    for address, name in reverse_names(topology).items():
        yield Record(name=address.reverse_pointer, type="PTR", value=f"{name}.")


def _host_key(names: Iterable[str], key: KeyPair) -> Iterator[Record]:
    """SSHFP (RFC 4255): `ssh -o VerifyHostKeyDNS=yes` looks it up under the name as typed."""
    blob = base64.b64decode(key.public.split()[1])
    # RFC 7479: algorithm 4 is Ed25519; RFC 6594 §4.1: fingerprint type 2 is SHA-256.
    value = f"4 2 {hashlib.sha256(blob).hexdigest()}"
    for name in names:
        yield Record(name=name, type="SSHFP", value=value)


def _certificates(node: Node, certificate: Certificate) -> Iterator[Record]:
    """TLSA (RFC 6698 §3), for each port of the node that speaks TLS."""
    # RFC 7671 §5.1: 3 1 1 is this very key (not its issuer), whole, by its SHA-256.
    value = f"3 1 1 {hashlib.sha256(subject_key(certificate.chain)).hexdigest()}"
    for use in node.services:
        for port in TLS_PORTS.get(use.name, ()):
            yield Record(name=f"_{port}._tcp.{node.hostname.lower()}", type="TLSA", value=value)


def _mail_key(topology: Topology, node: Node, key: KeyPair) -> Iterator[Record]:
    """The key that checks the DKIM signatures of *node* (RFC 6376 §3.6.1)."""
    text = f"v=DKIM1; k=rsa; p={key.public}"
    # RFC 6376 §3.6.2.2: a string holds 255 bytes at most; readers join the strings.
    parts = " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))
    for domain in mail_domains(topology, node) or (mail_domain(topology, node),):
        yield Record(name=f"{SELECTOR}._domainkey.{domain}", type="TXT", value=parts)


def subject_key(chain: str) -> bytes:
    """The SubjectPublicKeyInfo of the first certificate in *chain* (PEM), as DER.

    Read by hand, since importing a library for it would triple the time of a warm start.
    """
    body = chain.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0]
    der = base64.b64decode(body)
    certificate, _ = _content(der, 0)  # RFC 5280 §4.1: Certificate …
    place, end = _content(der, certificate)  # … begins with TBSCertificate
    fields = []
    while place < end:
        _, after = _content(der, place)
        fields.append(der[place:after])
        place = after
    # version [0], serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo;
    # version 1 certificates leave the first one out.
    return fields[6 if fields[0][0] == 0xA0 else 5]


def _content(der: bytes, place: int) -> tuple[int, int]:
    """Where the value of the element at *place* begins and ends (X.690 §8.1.3)."""
    length, start = der[place + 1], place + 2
    if length & 0x80:  # the long form: so many bytes of length follow
        start += length & 0x7F
        length = int.from_bytes(der[place + 2 : start], "big")
    return start, start + length
