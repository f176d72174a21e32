"""What the cache keeps between labs: reading and writing, with no cryptography.

A file is written whole under another name and then renamed over the old one (rename(2) is
atomic), so a reader sees the old or the new file and never half of one; a lock around the
making lets two `netplay up` agree on one authority. A file that cannot be understood counts
as absent: everything in it can be made again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from netplay.digest import sha256
from netplay.services.service import Certificate, Credentials, KeyPair
from netplay.structs import Frozen, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any, TypeAlias

# A certificate, after the names and addresses that it holds.
Named: TypeAlias = tuple[tuple[str, ...], Certificate]


class Wanted(Frozen, kw_only=True):
    """Which certificates a lab needs: the names in each, by node and by purpose."""

    nodes: Mapping[str, tuple[str, ...]]
    extra: Mapping[str, tuple[str, ...]]


class Base(Frozen, kw_only=True):
    """What all labs of one cache share; ``ends`` is when it must be made anew."""

    authority: Certificate
    authority_hash: str
    user: KeyPair
    dkim: KeyPair
    ends: float

    @property
    def fingerprint(self) -> str:
        """Which authority this is."""
        return sha256(self.authority.chain)


class Lab(Frozen, kw_only=True):
    """What one lab has of its own; ``ends`` is when the first of its certificates expires."""

    ends: float = 0.0
    hosts: Mapping[str, KeyPair] = field(default_factory=dict)
    nodes: Mapping[str, Named] = field(default_factory=dict)
    extra: Mapping[str, Named] = field(default_factory=dict)

    def credentials(self, base: Base, wanted: Wanted) -> Credentials | None:
        """All that *wanted* asks for; None if anything is missing or has other names."""
        for certificates, names in ((self.nodes, wanted.nodes), (self.extra, wanted.extra)):
            if any(key not in certificates or certificates[key][0] != names[key] for key in names):
                return None
        if any(node not in self.hosts for node in wanted.nodes):
            return None
        return Credentials(
            authority=base.authority,
            authority_hash=base.authority_hash,
            user=base.user,
            hosts={node: self.hosts[node] for node in wanted.nodes},
            nodes={node: self.nodes[node][1] for node in wanted.nodes},
            extra={purpose: self.extra[purpose][1] for purpose in wanted.extra},
            dkim=base.dkim,
        )


def read_base(folder: str, *, until: float) -> Base | None:
    """What is kept in *folder*; None if there is nothing that lasts *until* then."""
    value = _read(f"{folder}/base.json")
    try:
        base = Base(
            authority=Certificate(**value["authority"]),
            authority_hash=value["authority_hash"],
            user=KeyPair(**value["user"]),
            dkim=KeyPair(**value["dkim"]),
            ends=float(value["ends"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
    return base if base.ends > until else None


def write_base(folder: str, base: Base) -> None:
    """Keeps *base* in *folder* for every lab to come."""
    value = {
        "authority": _pair(base.authority),
        "authority_hash": base.authority_hash,
        "user": _pair(base.user),
        "dkim": _pair(base.dkim),
        "ends": base.ends,
    }
    _write(f"{folder}/base.json", value)


def read_lab(folder: str, lab: str, base: Base, *, until: float) -> Lab:
    """What is kept for *lab*, without certificates that *base* did not sign or that end early."""
    value = _read(_lab_file(folder, lab))
    try:
        hosts = {name: KeyPair(**pair) for name, pair in value["hosts"].items()}
        if value["authority"] != base.fingerprint or not value["ends"] > until:
            return Lab(hosts=hosts)
        return Lab(
            ends=float(value["ends"]),
            hosts=hosts,
            nodes=_named(value["nodes"]),
            extra=_named(value["extra"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return Lab()


def write_lab(folder: str, lab: str, base: Base, entries: Lab) -> None:
    """Keeps *entries*, signed by *base*, for the next start of *lab*."""
    value = {
        "authority": base.fingerprint,
        "ends": entries.ends,
        "hosts": {name: _pair(pair) for name, pair in entries.hosts.items()},
        "nodes": {name: (names, _pair(pair)) for name, (names, pair) in entries.nodes.items()},
        "extra": {name: (names, _pair(pair)) for name, (names, pair) in entries.extra.items()},
    }
    _write(_lab_file(folder, lab), value)


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Holds the folder's lock, so that only one process makes keys at a time.

    flock(2): the lock goes with its holder, whatever ends it, so none is ever left behind.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chmod(folder, 0o700)  # an existing folder may be wider than its keys deserve
    descriptor = os.open(f"{folder}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lab_file(folder: str, lab: str) -> str:
    # A lab's name may hold anything, a file's name may not.
    return f"{folder}/lab-{sha256(lab)[:16]}.json"


def _pair(value: Certificate | KeyPair) -> dict[str, str]:
    if isinstance(value, Certificate):
        return {"chain": value.chain, "key": value.key}
    return {"private": value.private, "public": value.public}


def _named(value: Mapping[str, Any]) -> dict[str, Named]:
    return {key: (tuple(names), Certificate(**pair)) for key, (names, pair) in value.items()}


def _read(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return {}


def _write(path: str, value: object) -> None:
    # Only the holder of the lock writes, so one name does; what a crash left is overwritten.
    new = f"{path}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        # Without it the rename can outlive the content when the computer loses power.
        os.fsync(descriptor)
    os.replace(new, path)
