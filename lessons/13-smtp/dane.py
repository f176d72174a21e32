#!/usr/bin/env python3
"""Does the DNS know a mail server's key? Compare its TLSA record with what it shows (DANE).

    python3 dane.py mail.example.com

It looks at port 25, where mail servers meet, unless you say otherwise.
"""

import argparse
import hashlib
import smtplib
import ssl
import sys

import dns.exception
import dns.flags
import dns.resolver
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def certificate(host: str, port: int) -> bytes:
    """What the server shows, as DER. Nothing is checked: that is the record's task."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP(host, port, timeout=10) as smtp:
        smtp.starttls(context=context)
        assert isinstance(smtp.sock, ssl.SSLSocket)
        return smtp.sock.getpeercert(binary_form=True) or b""


def association(der: bytes, selector: int, matching: int) -> bytes:
    """RFC 6698 §2.1: the whole certificate or its key; itself or a hash of it."""
    if selector == 1:
        key = x509.load_der_x509_certificate(der).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {0: lambda: der, 1: hashlib.sha256(der).digest, 2: hashlib.sha512(der).digest}[
        matching
    ]()


def main(host: str, port: int) -> None:
    resolver = dns.resolver.get_default_resolver()
    resolver.use_edns(0, dns.flags.DO, 1232)  # "tell me whether it is signed"
    answer = resolver.resolve(f"_{port}._tcp.{host}", "TLSA")
    der = certificate(host, port)
    for record in answer:
        kind = f"{record.usage} {record.selector} {record.mtype}"
        same = record.cert == association(der, record.selector, record.mtype)
        print(f"TLSA {kind} {record.cert.hex()[:16]}…: {'the' if same else 'NOT the'} key it shows")
    if not answer.response.flags & dns.flags.AD:
        print("But no resolver vouches for this answer: without DNSSEC it must not be used.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Compare a mail server's key with its TLSA record."
    )
    parser.add_argument("host", help="the mail server's name, as the MX record says it")
    parser.add_argument("-p", metavar="PORT", type=int, default=25, help="TCP port (25)")
    args = parser.parse_args()
    try:
        main(args.host, args.p)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        sys.exit(f"The DNS knows no key for port {args.p} of {args.host}")
    except (dns.exception.DNSException, OSError) as error:
        sys.exit(f"{args.host}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
