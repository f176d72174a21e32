"""The secrets of a lab: a private authority, certificates, SSH keys and a mail signing key.

Everything is made on this computer, kept in the cache (folder 0700, files 0600) and belongs
to whoever runs netplay; nothing secret is in the repository. Two files are read for a lab:

    credentials/base.json        the authority, the SSH identity of the people, the mail key
    credentials/lab-….json       one lab's host keys and certificates

so a warm start reads two files and never imports ``cryptography`` (which costs 50 ms). Only
when a name has changed, a certificate is near its end or a file cannot be read is something
made, and then only that: host keys survive a change of the topology.
"""

from __future__ import annotations

import os
import time

from netplay.credentials import kept
from netplay.credentials.kept import Wanted
from netplay.errors import HostError
from netplay.model import Topology
from netplay.services.naming import names_leading_to
from netplay.services.service import Credentials

__all__ = ["credentials"]

DAY = 86_400
# A lab that starts today must still be trusted after a long holiday.
MARGIN = 30 * DAY
LOCALHOST = ("localhost", "127.0.0.1", "::1")
# Certificates that clients should refuse though the name is right, for one reason each.
BAD = ("expired", "selfsigned", "otherca")


def credentials(
    topology: Topology, cache: str | os.PathLike[str], *, now: float | None = None
) -> Credentials:
    """All secrets of *topology*, from *cache* where they are, else made and kept there.

    *now* (seconds since 1970) decides what has expired. Raises HostError if the cache cannot
    be written.
    """
    folder = f"{os.fspath(cache)}/credentials"
    moment = time.time() if now is None else now
    wanted = _wanted(topology)
    try:
        found = _complete(folder, topology.name, wanted, moment)
        if found is None:
            with kept.locked(folder):
                # Whoever held the lock before us may have made it all.
                found = _complete(folder, topology.name, wanted, moment)
                if found is None:
                    found = _made(folder, topology.name, wanted, moment)
    except OSError as error:
        raise HostError(
            f"{folder}: the lab's keys cannot be kept here ({error.strerror});"
            " make the folder yours to write in, or choose another cache"
        ) from error
    return found


def _wanted(topology: Topology) -> Wanted:
    """The names and addresses that each certificate must hold."""
    extra = {label: (*LOCALHOST, *_sites(topology, label)) for label in BAD}
    extra["localhost"] = LOCALHOST
    extra["client"] = ("client",)
    # RFC 6761 §6.4: nobody will ever have a name in .invalid, so it is always the wrong one.
    extra["wrong"] = ("somebody-else.invalid",)
    return Wanted(
        nodes={
            node.name: (*names_leading_to(topology, node), *map(str, node.addresses))
            for node in topology.computers
        },
        extra=extra,
    )


def _sites(topology: Topology, label: str) -> tuple[str, ...]:
    """The web sites on which the certificate called *label* is shown."""
    known = (record.name for record in topology.records)
    zones = (f"{label}.{zone}" for zone in topology.zones)
    found = (label, *zones, *(name for name in known if name.partition(".")[0] == label))
    return tuple(dict.fromkeys(found))


def _complete(folder: str, lab: str, wanted: Wanted, now: float) -> Credentials | None:
    base = kept.read_base(folder, until=now + MARGIN)
    if base is None:
        return None
    return kept.read_lab(folder, lab, base, until=now + MARGIN).credentials(base, wanted)


def _made(folder: str, lab: str, wanted: Wanted, now: float) -> Credentials:
    from netplay.credentials import make

    base = kept.read_base(folder, until=now + MARGIN)
    if base is None:
        base = make.base(now)
        kept.write_base(folder, base)
    old = kept.read_lab(folder, lab, base, until=now + MARGIN)
    new = make.completed(old, base, wanted, now)
    kept.write_lab(folder, lab, base, new)
    found = new.credentials(base, wanted)
    assert found is not None  # every missing entry has just been made
    return found
