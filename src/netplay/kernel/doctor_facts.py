"""What the doctor sees: each thing that a lab does is done once, in namespaces of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from netplay.errors import HostError
from netplay.kernel import doctor_attempts, idmap, nftables
from netplay.structs import Frozen, field

__all__ = ["GIGABYTE", "TO_BUILD", "Facts", "gather"]

GIGABYTE = 1_000_000_000
TO_BUILD = 3 * GIGABYTE  # tree, tar, packages and wheels of the root image, all at once
TO_RUN = GIGABYTE // 10

_SYSCTLS = (
    "kernel.unprivileged_userns_clone",
    "user.max_user_namespaces",
    "kernel.apparmor_restrict_unprivileged_userns",
)
_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


class Facts(Frozen, kw_only=True):
    """All that was seen; an error is the text of it, None means that the thing worked.

    ``attempts`` is empty when no namespace could be had. ``needed_bytes`` and ``free_bytes``
    are for the disk of ``cache``.
    """

    uid: int
    release: str
    has_apt: bool
    tools: Mapping[str, bool]
    ids: str = ""
    ids_error: str | None = None
    maps_tried: bool = True
    namespace_error: str | None = None
    attempts: Mapping[str, str | None] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    wsl: int = 0
    wsl_distribution: str | None = None
    container: str | None = None
    chroot: bool = False
    cache: str | None = None
    free_bytes: int | None = None
    needed_bytes: int = TO_BUILD


def gather(cache: Path | None) -> Facts:
    """Looks and tries."""
    tools = _tools()
    ids, ids_error, chosen = "", None, None
    try:
        chosen = idmap.choose()
        ids = ", ".join(f"{e.outside}-{e.outside + e.length - 1}" for e in chosen.uid)
    except HostError as error:
        ids_error = str(error)
    namespace_error: str | None = None
    attempts: dict[str, str | None] = {}
    able = os.geteuid() == 0 or (tools["newuidmap"] and tools["newgidmap"])
    if chosen is not None and able:
        namespace_error, attempts = doctor_attempts.run(chosen, nft=tools["libnftables.so.1"])
    release = os.uname().release
    return Facts(
        uid=os.geteuid(),
        release=release,
        has_apt=shutil.which("apt-get") is not None,
        tools=tools,
        ids=ids,
        ids_error=ids_error,
        maps_tried=able,
        namespace_error=namespace_error,
        attempts=attempts,
        sysctls={name: value for name in _SYSCTLS if (value := _sysctl(name)) is not None},
        wsl=_wsl(release),
        wsl_distribution=os.environ.get("WSL_DISTRO_NAME"),
        container=_container(),
        chroot=_in_chroot(),
        cache=str(cache) if cache else None,
        free_bytes=shutil.disk_usage(_existing(cache)).free if cache else None,
        needed_bytes=TO_RUN if cache and _has_image(cache) else TO_BUILD,
    )


def _in_chroot() -> bool:
    """Whether the root folder is none where a file system begins, or not that of process 1.

    proc_pid_mountinfo(5), field 5; into process 1 not everybody may look.
    """
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        if all(line.split()[4] != "/" for line in file):
            return True
    try:
        theirs, own = os.stat("/proc/1/root/."), os.stat("/")
    except OSError:
        return False
    return (theirs.st_dev, theirs.st_ino) != (own.st_dev, own.st_ino)


def _tools() -> dict[str, bool]:
    found = {name: shutil.which(name) is not None for name in ("mmdebstrap", "tar")}
    for name in ("newuidmap", "newgidmap"):
        found[name] = shutil.which(name) is not None
    found["pip"] = importlib.util.find_spec("pip") is not None or bool(shutil.which("pip3"))
    found["debian-archive-keyring"] = any(os.path.exists(path) for path in _KEYRINGS)
    try:
        nftables.library()
    except OSError:
        found["libnftables.so.1"] = False
    else:
        found["libnftables.so.1"] = True
    return found


def _sysctl(name: str) -> str | None:
    path = Path("/proc/sys") / name.replace(".", "/")
    return path.read_text().strip() if path.is_file() else None


def _wsl(release: str) -> int:
    """1, 2, or 0 for a real Linux; WSL 1 says "Microsoft", WSL 2 "microsoft-standard"."""
    if "microsoft" not in release.lower():
        return 0
    return 2 if "microsoft-standard" in release or "WSL2" in release else 1


def _container() -> str | None:
    """The name of the container's kind, from the marks that its makers leave."""
    for mark, kind in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if os.path.exists(mark):
            return kind
    kind_file = Path("/run/systemd/container")  # systemd: "Container Interface"
    return kind_file.read_text().strip() if kind_file.is_file() else None


def _existing(path: Path) -> Path:
    """The nearest directory above *path* that is there."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def _has_image(cache: Path) -> bool:
    return any((cache / "roots").glob("[!.]*"))
