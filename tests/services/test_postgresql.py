"""PostgreSQL: what is run before anybody may connect, and how it is asked."""

from __future__ import annotations

import struct
import subprocess

from netplay.services import postgresql
from tests.services.contexts import by_path, context, text


def first_sql(**settings: object) -> str:
    files = by_path(postgresql.SERVICE.files(context("www", "postgresql", **settings)))
    file = files["/etc/netplay-postgresql/first.sql"]
    assert (file.mode, file.group) == (0o640, "postgres")
    return text(file)


def test_without_settings_there_is_one_database_and_its_owner() -> None:
    assert first_sql().splitlines()[:2] == [
        "CREATE ROLE \"netplay\" LOGIN PASSWORD 'netplay';",
        'CREATE DATABASE "netplay" OWNER "netplay";',
    ]


def test_names_and_passwords_are_quoted() -> None:
    sql = first_sql(user='a"b', password="it's", database="shop", sql="SELECT 1;")
    assert sql.splitlines() == [
        "CREATE ROLE \"a\"\"b\" LOGIN PASSWORD 'it''s';",
        'CREATE DATABASE "shop" OWNER "a""b";',
        '\\connect "shop"',
        'SET ROLE "a""b";',
        "SELECT 1;",
    ]


def test_the_start_is_valid_shell() -> None:
    files = by_path(postgresql.SERVICE.files(context("www", "postgresql")))
    script = text(files["/etc/netplay-postgresql/start"])
    done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_question_is_a_startup_message() -> None:
    (probe,) = postgresql.SERVICE.probes(context("www", "postgresql", user="shop"))
    length, version = struct.unpack("!II", probe.send[:8])
    assert (length, version) == (len(probe.send), 0x30000)
    assert probe.send[8:] == b"user\0shop\0database\0shop\0\0"
    assert probe.expect == b"R"
