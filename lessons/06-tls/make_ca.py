#!/usr/bin/env python3
"""Make an authority of your own: a root, an intermediate, and good and bad certificates.

    python3 make_ca.py /tmp/pki

ca.crt is what others must trust. Each NAME.pem is what a program loads: a private key, its
certificate, and the intermediate's. The authorities' own keys are never written anywhere.
"""

import argparse
import datetime as dt
import re
import sys
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
LEAVES = [  # file, kind of key, names, valid from and until: days from now
    ("localhost", "ECDSA", ["localhost", "127.0.0.1", "::1"], (-1, 90)),
    ("www", "RSA", ["www.example.com"], (-1, 90)),
    ("maps", "Ed25519", ["maps.example.com"], (-1, 90)),
    ("brandon", "ECDSA", ["brandon"], (-1, 90)),  # not a server: a person
    ("expired", "ECDSA", ["localhost"], (-31, -1)),
    ("wrong", "ECDSA", ["elsewhere.example.com"], (-1, 90)),
    ("selfsigned", "ECDSA", ["localhost"], (-1, 90)),
]


def new_key(kind: str = "ECDSA") -> Key:
    if kind == "RSA":
        return rsa.generate_private_key(65537, 3072)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    names: list[str], days: tuple[int, int], key: Key, issuer: str, by: Key, ca: bool = False
) -> bytes:
    """*issuer*, whose own key is *by*, states that *key* belongs to *names*."""
    public, serial = key.public_key(), x509.random_serial_number()
    begin, end = (dt.datetime.now(dt.UTC) + dt.timedelta(day) for day in days)
    giver = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    new = x509.CertificateBuilder(giver, owner, public, serial, begin, end)
    # An authority's key signs certificates, and lists of withdrawn ones; a leaf's, handshakes.
    usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
    new = new.add_extension(x509.BasicConstraints(ca, None), critical=True)
    new = new.add_extension(usage, critical=True)
    new = new.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    new = new.add_extension(signer, critical=False)
    if not ca:
        use = getattr(ExtendedKeyUsageOID, "CLIENT_AUTH" if names == ["brandon"] else "SERVER_AUTH")
        is_ip = re.compile(r"[\d.]+|.*:.*").fullmatch
        san = [x509.IPAddress(ip_address(n)) if is_ip(n) else x509.DNSName(n) for n in names]
        new = new.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        new = new.add_extension(x509.SubjectAlternativeName(san), critical=False)
    return new.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM)


def make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    root, middle = new_key(), new_key()
    (folder / "ca.crt").write_bytes(certificate(["Root"], (-40, 3650), root, "Root", root, ca=True))
    upper = certificate(["Intermediate"], (-40, 900), middle, "Root", root, ca=True)
    for file, kind, names, days in LEAVES:
        key = new_key(kind)
        chain = certificate(names, days, key, "Intermediate", middle) + upper
        if file == "selfsigned":
            chain = certificate(names, days, key, names[0], key)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (path := folder / f"{file}.pem").touch(mode=0o600)  # a key is nobody else's business
        path.write_bytes(secret + chain)
        print(f"{path}: {kind}, {', '.join(names)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make an authority, and what it signs.")
    parser.add_argument("folder", type=Path, help="where to write")
    try:
        make(parser.parse_args().folder)
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
