#!/usr/bin/env python3
"""What a phone, or a key on a USB plug, does: it makes passkeys, and answers questions with them.

    python3 passkey_device.py https://www.example.com:5443 brandon
    python3 passkey_device.py https://www.example.com:5443 sam --page https://kittens.test

With --page, a page somewhere else asks for the login, and passes everything on.
"""

import argparse
import hashlib
import json
import secrets
import sys
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import cbor2
import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

OWNER, HAS_KEY = 0x05, 0x40  # somebody was there, and it was the owner; a new key follows


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """One passkey. The private key never leaves this object."""

    def __init__(self, site: str) -> None:
        self.site, self.id, self.uses = site, secrets.token_bytes(16), 0
        self.key = ec.generate_private_key(ec.SECP256R1())

    def facts(self, flags: int) -> bytes:
        """WebAuthn §6.1: for which site, in what way, how often used."""
        self.uses += 1
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4)

    def answer(self, **parts: bytes) -> dict[str, Any]:
        name, response = text(self.id), {part: text(value) for part, value in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def create(self, page: bytes) -> dict[str, Any]:
        point = self.key.public_key().public_numbers()
        # RFC 9053 §7.1.1: an elliptic curve key, for ES256, on P-256, and the point
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        about_key = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        known = {"fmt": "none", "attStmt": {}, "authData": self.facts(OWNER | HAS_KEY) + about_key}
        return self.answer(clientDataJSON=page, attestationObject=cbor2.dumps(known))

    def get(self, page: bytes) -> dict[str, Any]:
        facts = self.facts(OWNER)
        signature = self.key.sign(facts + hashlib.sha256(page).digest(), ec.ECDSA(SHA256()))
        return self.answer(clientDataJSON=page, authenticatorData=facts, signature=signature)


def seen_by_browser(act: str, challenge: str, page: str) -> bytes:
    """The browser's part: what is asked, and by which page. No page can write this itself."""
    return json.dumps({"type": f"webauthn.{act}", "challenge": challenge, "origin": page}).encode()


def main(url: str, name: str, page: str) -> None:
    device = Device(urlsplit(url).hostname or "")
    with httpx2.Client(base_url=url) as client:
        for what, act, origin in (("register", device.create, url), ("login", device.get, page)):
            question = client.post(f"/{what}/begin", json={"name": name}).json()
            if "challenge" not in question:
                sys.exit(f"{what}: {question['message']}")
            answer = act(seen_by_browser(act.__name__, question["challenge"], origin))
            said = client.post(f"/{what}/finish", json=answer)
            print(f"{what}: {said.json()['message']}")
    sys.exit(0 if said.is_success else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a passkey and log in with it.")
    parser.add_argument("url", help="the site, without a path")
    parser.add_argument("name", help="who to be")
    parser.add_argument("--page", help="where the login is asked for (there as well)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.name, args.page or args.url)
        except httpx2.HTTPError as error:
            sys.exit(f"{args.url}: {error}")
