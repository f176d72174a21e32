"""Where things are kept: a table of environments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netplay import paths
from netplay.errors import HostError


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NETPLAY_CACHE", "NETPLAY_RUN", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ann")


@pytest.mark.parametrize(
    ("uid", "environment", "cache", "run"),
    [
        (0, {}, "/var/cache/netplay", "/run/netplay"),
        (0, {"XDG_CACHE_HOME": "/root/.c"}, "/var/cache/netplay", "/run/netplay"),
        (0, {"NETPLAY_CACHE": "/c", "NETPLAY_RUN": "/r"}, "/c", "/r"),
        (54321, {}, "/home/ann/.cache/netplay", "/tmp/netplay-54321"),
        (
            54321,
            {"XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/run/user/1000"},
            "/c/netplay",
            "/run/user/1000/netplay",
        ),
        (
            54321,
            {"XDG_CACHE_HOME": "c", "XDG_RUNTIME_DIR": "r"},
            "/home/ann/.cache/netplay",
            "/tmp/netplay-54321",
        ),
    ],
)
def test_table(
    uid: int,
    environment: dict[str, str],
    cache: str,
    run: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert paths.cache_directory() == cache
    assert paths.run_directory() == run
    assert paths.lab_run_directory("demo") == f"{run}/demo"


def test_who_has_no_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(os, "getuid", lambda: 54321)  # an id that nobody has, as containers do
    monkeypatch.delenv("HOME")
    with pytest.raises(HostError, match="no home directory; set NETPLAY_CACHE"):
        paths.cache_directory()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden", "a\0b"])
def test_a_lab_name_that_leaves_the_directory_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a lab"):
        paths.lab_run_directory(name)


def test_a_planted_directory_in_tmp_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "netplay-1"
    assert paths._private(mine) == mine
    mine.mkdir(mode=0o700)
    assert paths._private(mine) == mine
    mine.chmod(0o755)
    with pytest.raises(HostError, match="not a private directory of yours"):
        paths._private(mine)
    link = tmp_path / "netplay-2"
    link.symlink_to(tmp_path)
    with pytest.raises(HostError, match="set NETPLAY_RUN"):
        paths._private(link)
