"""Where netplay keeps what outlives a command: the cache and the run directory.

An ordinary user's files follow the XDG base directory specification. Root's do not: a
lab started by root runs under a shifted id, which may not walk through ``/root``
(mode 0700), so root's cache is ``/var/cache/netplay``. All are given as text: pathlib, and what
it imports, would be a tenth of ``netplay h1 true``.
"""

from __future__ import annotations

import os
import stat

from netplay.errors import HostError

__all__ = ["cache_directory", "lab_run_directory", "run_directory"]


def cache_directory() -> str:
    """The directory of the root image: ``$NETPLAY_CACHE``, or the one fit for this user.

    Raises HostError for somebody who has no home.
    """
    if chosen := os.environ.get("NETPLAY_CACHE"):
        return os.path.abspath(chosen)
    if os.geteuid() == 0:
        return "/var/cache/netplay"
    return f"{_xdg_cache()}/netplay"


def run_directory() -> str:
    """The directory of the labs' sockets: ``$NETPLAY_RUN``, or the one fit for this user.

    Nothing is created. Raises HostError when the directory in ``/tmp``, the last resort,
    exists but belongs to somebody else or is open to others.
    """
    if chosen := os.environ.get("NETPLAY_RUN"):
        return os.path.abspath(chosen)
    if os.geteuid() == 0:
        return "/run/netplay"
    if runtime := _absolute("XDG_RUNTIME_DIR"):
        return f"{runtime}/netplay"
    return _private(f"/tmp/netplay-{os.geteuid()}")


def lab_run_directory(name: str) -> str:
    """The directory of one lab's socket; raises ValueError for a name that would leave it."""
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} cannot name a lab: it must be a plain file name")
    return f"{run_directory()}/{name}"


def _xdg_cache() -> str:
    cache = _absolute("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if cache.startswith("~"):
        raise HostError("you have no home directory; set NETPLAY_CACHE to one for the root image")
    return cache


def _absolute(variable: str) -> str:
    """XDG Base Directory Specification: a relative path in these variables is ignored."""
    value = os.environ.get(variable, "")
    return value if value.startswith("/") else ""


def _private(directory: str) -> str:
    """*directory* unless another user planted it: /tmp is open to everybody."""
    try:
        status = os.lstat(directory)
    except FileNotFoundError:
        return directory
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if ours and not status.st_mode & 0o077:
        return directory
    raise HostError(
        f"{directory} is not a private directory of yours (mode 0700); "
        "remove it, or set NETPLAY_RUN to a directory that is"
    )
