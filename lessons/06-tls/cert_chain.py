#!/usr/bin/env python3
"""Show the certificates that a server sends, and whether (if not, why not) they can be trusted.

python3 cert_chain.py www.example.com
python3 cert_chain.py expired.example.com 443
python3 cert_chain.py -a /tmp/pki/ca.crt localhost 1060
"""

import argparse
import datetime as dt
import socket
import ssl
import sys
import textwrap

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa


def handshake(host: str, port: int, context: ssl.SSLContext, verified: bool) -> list[bytes]:
    """The certificates in DER, the server's own first: as sent, or as we could verify them."""
    if sys.version_info < (3, 13):
        sys.exit("this needs Python 3.13, the first that shows the whole chain")
    raw = socket.create_connection((host, port), timeout=10)
    with raw, context.wrap_socket(raw, server_hostname=host) as tls:
        return tls.get_verified_chain() if verified else tls.get_unverified_chain()


def describe(der: bytes) -> None:
    certificate = x509.load_der_x509_certificate(der)
    key, now = certificate.public_key(), dt.datetime.now(dt.UTC)
    kind = type(key).__name__.strip("_").removesuffix("PublicKey")
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        kind += f", {key.key_size} bits"
    print(f"  {certificate.subject.rfc4514_string()}")
    print(f"      signed by {certificate.issuer.rfc4514_string()}")
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    state = "too early" if now < begin else "over" if now > end else "now"
    print(f"      valid {begin:%Y-%m-%d} to {end:%Y-%m-%d}: {state}")
    print(f"      key {kind}")
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=ca):
                print(f"      may sign other certificates: {'yes' if ca else 'no'}")
            case x509.SubjectAlternativeName() as names:
                text = f"      for {', '.join(str(name.value) for name in names)}"
                print(textwrap.fill(text, 79, subsequent_indent=" " * 10, break_on_hyphens=False))


def main(host: str, port: int, cafile: str | None) -> None:
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE  # to look at what we shall not trust, and hang up
    print("The server sends")
    for der in handshake(host, port, careless, verified=False):
        describe(der)
    try:
        chain = handshake(host, port, ssl.create_default_context(cafile=cafile), verified=True)
    except ssl.SSLCertVerificationError as error:
        sys.exit(f"Not to be trusted: {error.verify_message} (X.509 error {error.verify_code})")
    names = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in chain]
    print("Trusted:", " <- ".join(names))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show and check a server's certificates.")
    parser.add_argument("host", help="the server's name")
    parser.add_argument("port", nargs="?", type=int, default=443, help="TCP port (443)")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    args = parser.parse_args()
    try:
        main(args.host, args.port, args.a)
    except OSError as error:
        sys.exit(f"{args.host} port {args.port}: {error.strerror or error}")
