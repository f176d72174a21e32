"""What the computer's own ssh needs to reach the nodes of a lab.

The nodes have no address outside. OpenSSH asks for a stream, not for an address: its ProxyCommand
may be any program whose standard input and output lead to the server, and ``netplay NODE nc`` is
one.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from netplay.credentials import credentials
from netplay.errors import LabError
from netplay.lab.lab import Lab
from netplay.paths import cache_directory
from netplay.services.service import Credentials

_SERVICE = "ssh"


def configuration(lab: Lab, netplay: Sequence[str]) -> str:
    """An ssh_config(5) for the nodes of *lab* that run sshd; *netplay* is how to call netplay.

    Leaves the lab's identity and host keys in its folder, which goes with it.
    """
    nodes = [node for node in lab if node.description.runs(_SERVICE)]
    if not nodes:
        raise LabError(f"no machine of '{lab.name}' runs the service {_SERVICE}")
    secrets = credentials(lab.topology.replaced(name=lab.name), cache_directory())
    identity, known = _files(lab.place.folder, secrets)
    lines = [f"# The lab '{lab.name}' of netplay, as long as it is up."]
    for node in nodes:
        names = dict.fromkeys((node.name, *node.description.names))
        proxy = shlex.join([*netplay, "-n", lab.name, node.name, "nc", "localhost", "22"])
        lines += [
            "",
            "Host " + " ".join(names),
            "    User root",
            # ssh_config(5), TOKENS: a percent sign is doubled
            f"    ProxyCommand {proxy.replace('%', '%%')}",
            f"    HostKeyAlias {node.name}",
            f"    IdentityFile {_quoted(identity)}",
            "    IdentitiesOnly yes",
            f"    UserKnownHostsFile {_quoted(known)}",
            "    GlobalKnownHostsFile none",
            "    StrictHostKeyChecking yes",
        ]
    return "\n".join(lines) + "\n"


def _files(folder: Path, secrets: Credentials) -> tuple[Path, Path]:
    identity, known = folder / "ssh_identity", folder / "ssh_known_hosts"
    _write(identity, secrets.user.private)
    hosts = (f"{name} {pair.public}\n" for name, pair in sorted(secrets.hosts.items()))
    _write(known, "".join(hosts))
    return identity, known


def _write(path: Path, text: str) -> None:
    # Whole or not at all: another ssh may be reading the one that is there.
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("%", "%%") + '"'
