"""PostgreSQL: one database with one owner, who comes over the network with a password.

The cluster is made when the service starts for the first time, in the node's own file system,
and filled before it listens to the network: nobody ever sees it half made. Sizes are those of a
lab: write-ahead log in files of 1 MB, no flushing to a disk that is memory anyway.
"""

from __future__ import annotations

import struct
from pathlib import Path

from netplay.services import setting
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

_FOLDER = "/etc/netplay-postgresql"
_START = Path(__file__).with_name("data") / "postgresql-start"
_HBA = """\
# Who may come, from where, and how they prove who they are (pg_hba.conf).
local all all      peer
host  all all all  scram-sha-256
"""


def _argv(_: Context) -> tuple[str, ...]:
    return ("/bin/sh", f"{_FOLDER}/start")


def _files(context: Context) -> tuple[File, ...]:
    owner = setting.text(context, "user", "netplay")
    database = setting.text(context, "database", owner)
    sql = (
        f"CREATE ROLE {_name(owner)} LOGIN PASSWORD "
        f"{_literal(setting.text(context, 'password', owner))};\n"
        f"CREATE DATABASE {_name(database)} OWNER {_name(owner)};\n"
        f"\\connect {_name(database)}\n"
        f"SET ROLE {_name(owner)};\n"
        f"{setting.text(context, 'sql', '')}\n"
    )
    return (
        File(path=f"{_FOLDER}/start", content=_START.read_text("utf-8")),
        File(path=f"{_FOLDER}/pg_hba.conf", content=_HBA),
        File(path="/run/postgresql", mode=0o755, owner="postgres", group="postgres"),
        # The password is in it.
        File(path=f"{_FOLDER}/first.sql", content=sql, mode=0o640, group="postgres"),
    )


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _probes(context: Context) -> tuple[Probe, ...]:
    """A StartupMessage of protocol 3.0; an `R` asks for the password, an `E` says "starting up".

    PostgreSQL documentation, 53.7 Message Formats: length with itself, version, name and value
    pairs that a NUL ends.
    """
    owner = setting.text(context, "user", "netplay")
    pairs = ("user", owner, "database", setting.text(context, "database", owner))
    body = struct.pack("!I", 3 << 16) + b"".join(w.encode() + b"\0" for w in pairs) + b"\0"
    hello = struct.pack("!I", 4 + len(body)) + body
    return (Probe(port=5432, send=hello, expect=b"R", what="StartupMessage"),)


SERVICE = Service(
    name="postgresql",
    title="PostgreSQL, a database",
    ports=("5432/tcp",),
    packages=("postgresql-17",),
    argv=_argv,
    files=_files,
    probes=_probes,
    user="postgres",
    settings=("database", "user", "password", "sql"),
)
