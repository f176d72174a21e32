#!/usr/bin/env python3
"""The office that hands out tokens: "for an hour, whoever shows this may act for brandon".

    openssl genrsa -out /tmp/office 2048
    python3 issue_token.py /tmp/office brandon

A token is a JSON Web Token (RFC 7519), signed with RS256. A real office asks the person first.
"""

import argparse
import json
import sys
import time
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def part(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")  # RFC 7515 section 2: no padding


def token(key: RSAPrivateKey, user: str, seconds: int) -> str:
    """RFC 7515 section 3.1: header.payload.signature."""
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT"}
    payload = {"sub": user, "iat": now, "exp": now + seconds}
    signed = b".".join(part(json.dumps(one).encode()) for one in (header, payload))
    return (signed + b"." + part(key.sign(signed, PKCS1v15(), SHA256()))).decode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sign a token.")
    parser.add_argument("key", type=Path, help="the file of the office's private key (PEM, RSA)")
    parser.add_argument("user", help="whom the token is for")
    parser.add_argument("--seconds", type=int, default=3600, help="how long it is good for (3600)")
    args = parser.parse_args()
    try:
        key = load_pem_private_key(args.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        sys.exit(f"{args.key}: {getattr(error, 'strerror', None) or 'not a private key in PEM'}")
    if not isinstance(key, RSAPrivateKey):
        sys.exit(f"{args.key}: not a key for RSA")
    print(token(key, args.user, args.seconds))
