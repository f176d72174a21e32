"""SHA-256 without OpenSSL, which `hashlib` loads: 2.6 ms of every start of a lab.

`random` of the standard library takes the same way. Where Python was built without its own
implementation, it is hashlib's.
"""

from __future__ import annotations

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found]  # Python 3.12
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]  # 3.11
    except ImportError:
        from hashlib import sha256 as _sha256

__all__ = ["sha256"]


def sha256(text: str) -> str:
    """The digest of *text* in UTF-8, as 64 hexadecimal digits (FIPS 180-4)."""
    digest: str = _sha256(text.encode()).hexdigest()
    return digest
