"""Certificates: an authority, and what it signs.

They satisfy the strict checks that Python's ``ssl.create_default_context()`` makes since 3.13
(``VERIFY_X509_STRICT``, RFC 5280 §4.2): a critical basicConstraints and a keyUsage with
keyCertSign in the authority, key identifiers in both, names only in subjectAltName.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from netplay.services.service import Certificate

__all__ = ["AUTHORITY_DAYS", "CLIENT", "DAY", "LEAF_DAYS", "Issuer", "subject_hash"]

DAY = 86_400
AUTHORITY_DAYS = 20 * 365
# The longest life that Apple's platforms accept, even from an authority added by hand.
LEAF_DAYS = 825
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: a certificate and its key; without a certificate, every leaf signs itself."""

    own: x509.Certificate | None
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, kept: Certificate) -> Issuer:
        key = load_pem_private_key(kept.key.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(x509.load_pem_x509_certificate(kept.chain.encode()), key)

    @classmethod
    def alone(cls) -> Issuer:
        return cls(None, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def new(cls, name: str, now: float) -> Issuer:
        """A new authority called *name*."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            # A year back, so that a certificate that has expired can have been valid once.
            _builder(subject, subject, key, now - 365 * DAY, AUTHORITY_DAYS + 365)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @property
    def subject(self) -> x509.Name:
        """The authority's own name."""
        assert self.own is not None
        return self.own.subject

    @property
    def certificate(self) -> Certificate:
        """The authority's own certificate and key."""
        assert self.own is not None
        return _pem(self.own, self.key)

    def leaf(
        self,
        names: Sequence[str],
        now: float,
        *,
        days: int = LEAF_DAYS,
        usage: x509.ObjectIdentifier = SERVER,
    ) -> Certificate:
        """A certificate for *names* (DNS names and addresses), from *now* on for *days*."""
        key = self.key if self.own is None else ec.generate_private_key(ec.SECP256R1())
        subject = _name(names[0])
        issuer = subject if self.own is None else self.own.subject
        certificate = (
            # Clocks differ: a certificate from this very second would be refused by some.
            _builder(subject, issuer, key, now - DAY, days + 1)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                # RFC 5280 §4.2.1.1: the same as the issuer's subject key identifier.
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        return _pem(certificate, key)


def subject_hash(subject: x509.Name) -> str:
    """The name under which OpenSSL seeks *subject* in a folder, as `openssl x509 -hash` says it.

    That is the start of a SHA-1 over the name in a canonical form (x509_name_canon() in
    crypto/x509/x_name.c): UTF-8, lower case, single spaces, without the outer SEQUENCE.
    """
    canonical = x509.Name(
        [
            x509.NameAttribute(part.oid, " ".join(str(part.value).lower().split()))
            for part in subject
        ]
    ).public_bytes()
    header = 2 if canonical[1] < 0x80 else 2 + (canonical[1] & 0x7F)
    digest = hashlib.sha1(canonical[header:], usedforsecurity=False).digest()
    return digest[3::-1].hex()  # four bytes, the lowest first


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: float,
    days: int,
) -> x509.CertificateBuilder:
    begin = dt.datetime.fromtimestamp(int(start), dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    # RFC 5280 appendix A, ub-common-name: 64 characters. Who checks reads subjectAltName.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "netplay"),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _general(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certificate:
    return Certificate(
        chain=certificate.public_bytes(Encoding.PEM).decode(),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    )
