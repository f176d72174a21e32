"""Making what is missing; imported only then, because it needs ``cryptography``."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from netplay.credentials.certificates import (
    AUTHORITY_DAYS,
    CLIENT,
    DAY,
    LEAF_DAYS,
    Issuer,
    subject_hash,
)
from netplay.credentials.kept import Base, Lab, Named, Wanted
from netplay.services.service import Certificate, KeyPair

__all__ = ["base", "completed"]


def base(now: float) -> Base:
    """A new authority, SSH identity and mail key."""
    authority = Issuer.new("netplay private CA", now)
    return Base(
        authority=authority.certificate,
        authority_hash=subject_hash(authority.subject),
        user=ssh_key("netplay"),
        dkim=mail_key(),
        # No leaf may outlive its authority.
        ends=now + (AUTHORITY_DAYS - LEAF_DAYS) * DAY,
    )


def completed(lab: Lab, base: Base, wanted: Wanted, now: float) -> Lab:
    """*lab* with everything that *wanted* asks for; what it has already is kept."""
    issuer = Issuer.of(base.authority)

    def extra(purpose: str, names: Sequence[str]) -> Certificate:
        match purpose:
            case "client":
                return issuer.leaf(names, now, usage=CLIENT)
            case "expired":
                return issuer.leaf(names, now - 90 * DAY, days=60)
            case "selfsigned":
                return Issuer.alone().leaf(names, now)
            case "otherca":
                return Issuer.new("a CA that nobody trusts", now).leaf(names, now)
        return issuer.leaf(names, now)

    return Lab(
        ends=lab.ends or now + LEAF_DAYS * DAY,
        hosts={node: lab.hosts.get(node) or ssh_key("netplay") for node in wanted.nodes},
        nodes=_filled(lab.nodes, wanted.nodes, lambda _, names: issuer.leaf(names, now)),
        extra=_filled(lab.extra, wanted.extra, extra),
    )


def _filled(
    kept: Mapping[str, Named],
    wanted: Mapping[str, tuple[str, ...]],
    make: Callable[[str, Sequence[str]], Certificate],
) -> dict[str, Named]:
    """*kept* where its names are those in *wanted*; the rest is made."""
    return {
        key: kept[key] if key in kept and kept[key][0] == names else (names, make(key, names))
        for key, names in wanted.items()
    }


def ssh_key(comment: str) -> KeyPair:
    """An Ed25519 key in OpenSSH's own format (RFC 8709)."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return KeyPair(private=private.decode(), public=f"{public.decode()} {comment}")


def mail_key() -> KeyPair:
    """An RSA key for DKIM; ``public`` is what the DNS says after ``p=`` (RFC 6376 §3.6.1)."""
    # RFC 8301 §3.2: signers use at least 2048 bits.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private=private.decode(), public=base64.b64encode(public).decode())
