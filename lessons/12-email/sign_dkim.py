#!/usr/bin/env python3
"""Sign a message with DKIM: who has the private key of a domain may speak in its name.

    python3 build_basic_email.py | python3 sign_dkim.py example.com mail KEYFILE > /tmp/signed.eml

KEYFILE is a private RSA key in PEM; its public half is what the DNS says at
SELECTOR._domainkey.DOMAIN (here mail._domainkey.example.com).
"""

import argparse
import sys
from pathlib import Path

import dkim

# RFC 5322 section 3.6: at most one of each may be there. Who signs them once more than they
# are there forbids that a second one is slipped in (RFC 6376 section 8.15).
SINGLE = (b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to")


def signature(message: bytes, domain: str, selector: str, key: bytes) -> bytes:
    """The field to be put on top of *message*."""
    signer = dkim.DKIM(message)
    # RFC 8058 section 4 demands it; the library's list is older.
    signer.should_sign.add(b"list-unsubscribe-post")
    signer.add_frozen(SINGLE)
    # relaxed: a server on the way may fold a field or drop a blank at the end of a line.
    forgiving = (b"relaxed", b"relaxed")
    field = signer.sign(selector.encode(), domain.encode(), key, canonicalize=forgiving)
    assert isinstance(field, bytes)
    return field


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sign a message (standard input) with DKIM.")
    parser.add_argument("domain", help="whose signature it is")
    parser.add_argument("selector", help="which of the domain's keys")
    parser.add_argument("keyfile", type=Path, help="the private key, PEM")
    args = parser.parse_args()
    try:
        key = args.keyfile.read_bytes()
        message = sys.stdin.buffer.read()
        sys.stdout.buffer.write(signature(message, args.domain, args.selector, key) + message)
    except dkim.DKIMException as error:
        sys.exit(f"cannot sign: {error}")
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
