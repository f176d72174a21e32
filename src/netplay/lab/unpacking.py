"""Writing what an archive names into a folder of this computer, and nowhere else.

An archive that was packed on a node is what somebody on that node wants it to be: it may name
``../../.bashrc``, or first a link that leads out of the folder and then a file behind the link.
The rules are those of PEP 706's *data* filter, which the tarfile of Debian 12's Python does not
have: files, folders and links only, nothing outside, no set-user-id. Two things differ: the mode
stays as it was, and a link that leads outside (as half of /etc/alternatives does) is left out
with a note instead of ending everything.

Where a link leads can change while an archive is unpacked. So what counts is asked anew for each
entry: the real path of the folder that it is written into.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterable
from typing import IO, TypeAlias

from netplay.errors import LabError

# What is copied: an entry whose name is its place below the target, and the bytes of a file.
Member: TypeAlias = tuple[tarfile.TarInfo, IO[bytes] | None]
Note: TypeAlias = Callable[[str], None]


def unpack(members: Iterable[Member], folder: str, note: Note) -> None:
    """Writes *members* into the existing *folder*; they belong to the caller."""
    root = os.path.realpath(folder)
    folders: list[tuple[str, tarfile.TarInfo]] = []
    for info, data in members:
        path = _inside(root, info.name)
        _make_way(path)
        if info.isdir():
            os.makedirs(path, 0o700, exist_ok=True)
            folders.append((path, info))
        elif info.isfile() and data is not None:
            _write(path, info, data)
        elif info.issym() or info.islnk():
            _link(root, path, info, note)
        else:
            note(f"left out {info.name}: it is no file, folder or link")
    # Last, and the innermost first: a folder may be one that its owner cannot write to.
    for path, info in reversed(folders):
        os.chmod(path, info.mode & 0o777)
        os.utime(path, (info.mtime, info.mtime))


def _inside(root: str, name: str) -> str:
    """The path of *name* below *root*; no folder on the way may lead out."""
    path = os.path.join(root, name)
    parent, last = os.path.split(path)
    real = os.path.realpath(parent)
    if os.path.isabs(name) or last in ("", ".", "..") or not _is_below(root, real):
        raise LabError(f"the archive names '{name}', which is outside {root}: copying ends here")
    return os.path.join(real, last)


def _is_below(root: str, path: str) -> bool:
    return os.path.commonpath((root, path)) == root


def _make_way(path: str) -> None:
    """Makes the folder of *path* and removes what must not be written through: a file or link."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)


def _write(path: str, info: tarfile.TarInfo, data: IO[bytes]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        shutil.copyfileobj(data, file, 1 << 20)
        file.flush()
        os.fchmod(file.fileno(), info.mode & 0o777)
        os.utime(file.fileno(), (info.mtime, info.mtime))


def _link(root: str, path: str, info: tarfile.TarInfo, note: Note) -> None:
    base = root if info.islnk() else os.path.dirname(path)
    target = os.path.realpath(os.path.join(base, info.linkname))
    if os.path.isabs(info.linkname) or not _is_below(root, target):
        note(f"left out {info.name}: it is a link to {info.linkname}, outside of what is copied")
    elif info.issym():
        os.symlink(info.linkname, path)
    elif os.path.isfile(target):
        os.link(target, path)
    else:
        note(f"left out {info.name}: it is a second name of {info.linkname}, which is not there")
