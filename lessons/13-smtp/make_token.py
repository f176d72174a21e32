#!/usr/bin/env python3
"""Play the authority that gives out tokens: sign one, and tell the mail server the public key.

    mail$ python3 make_token.py brandon --minutes 60 > token

The token is a JWT (RFC 7519), signed with ES256 (RFC 7518 §3.4) by a key that is used once.
"""

import argparse
import base64
import json
import sys
import time
import uuid
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def token(user: str, seconds: float, key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    """Three parts with dots between: how it is signed, what it says, the signature."""
    now = int(time.time())
    says = {"sub": user, "iat": now, "exp": int(now + seconds)}
    parts = ({"typ": "JWT", "alg": "ES256", "kid": kid}, says)
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    pair = decode_dss_signature(key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url(b''.join(number.to_bytes(32) for number in pair))}"


def main(user: str, minutes: float, folder: Path) -> None:
    key, kid = ec.generate_private_key(ec.SECP256R1()), uuid.uuid4().hex
    folder.mkdir(parents=True, exist_ok=True)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / kid).write_bytes(public)  # Dovecot looks for default/ES256/kid
    print(token(user, minutes * 60, key, kid))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a token that Dovecot accepts.")
    parser.add_argument("user", help="for whom")
    parser.add_argument("--minutes", type=float, default=60, help="how long it is good for (60)")
    keys = Path("/etc/dovecot/keys/default/ES256")
    parser.add_argument("--keys", metavar="FOLDER", type=Path, default=keys, help=str(keys))
    args = parser.parse_args()
    try:
        main(args.user, args.minutes, args.keys)
    except OSError as error:
        sys.exit(f"{args.keys}: {error.strerror}")
