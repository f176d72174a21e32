"""Files and folders from one place to another: this computer, a node, a stream.

Everything travels as a tar archive, for a pipe is all that leads into a node. Who reads makes
*members* of it, whose names are relative to what is copied ("" is the thing itself); they
are renamed to where they go; who writes is handed the result. The names work as with cp(1): into a
folder that is there, else under the new name, and ``folder/.`` is what is in it.
"""

from __future__ import annotations

import copy as copies
import io
import os
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from netplay.errors import LabError, suggestion
from netplay.lab.lab import Lab
from netplay.lab.node import Node
from netplay.lab.unpacking import Member, Note, unpack
from netplay.structs import Frozen

STREAM = "-"
_ABSENT = 44  # how _PACK says that there is no such file
# The named thing may be a link, and is then what the link leads to. "./" stands for the root.
_PACK = f"""
path=$(readlink -e -- "$1") || exit {_ABSENT}
exec tar --create --file=- --directory="${{path%/*}}/" -- "./${{path##*/}}"
"""


class Spot(Frozen):
    """A path on a node (None is this computer); the path ``-`` is a tar archive on a stream."""

    node: Node | None
    path: str

    @property
    def is_stream(self) -> bool:
        """Whether it is standard input or output."""
        return self.node is None and self.path == STREAM

    @classmethod
    def of(cls, lab: Lab, word: str) -> Spot:
        """``h1:/etc/hosts`` as a person writes it. What has a slash before the colon is a path."""
        name, colon, path = word.partition(":")
        if not colon or "/" in name or not name:
            return cls(None, word)
        return cls(lab[name], path or ".")

    def is_folder(self) -> bool:
        """Whether there is a folder at this path."""
        if self.node is None:
            return os.path.isdir(self.path)
        return self.node.run("test", "-d", self.path).returncode == 0


def copy(source: Spot, target: Spot, streams: tuple[IO[bytes], IO[bytes]], note: Note) -> None:
    """Copies *source* to *target*; *streams* are what ``-`` stands for, read and written.

    Modes and times are kept; the owner is the caller here, and root on a node. *note* is told
    what was left out. Raises LabError.
    """
    if source.is_stream and not target.is_folder():
        raise LabError(f"an archive is unpacked into a folder, and '{target.path}' is none")
    with _members(source, streams[0]) as members:
        if target.is_stream:
            named = _renamed(members, _last_name(source.path) or ".")
            with tarfile.open(fileobj=streams[1], mode="w|") as archive:
                _add(archive, named)
        elif source.is_stream:
            _write(target, members, target.path, note)
        elif target.is_folder():
            _write(target, _renamed(members, _last_name(source.path)), target.path, note)
        else:
            folder, name = os.path.split(target.path.rstrip("/") or "/")
            if target.path.endswith("/"):
                raise LabError(f"there is no folder '{target.path}'")
            _write(target, _renamed(members, name), folder or ".", note)


def _last_name(path: str) -> str:
    """The name that a copy of *path* has inside a folder; "" when only what is in it is meant."""
    last = posixpath.basename(path.rstrip("/"))
    if last == "..":
        raise LabError(f"'{path}' has no name of its own; write where it should go")
    return "" if last == "." else last


def _renamed(members: Iterable[Member], name: str) -> Iterator[Member]:
    for info, data in members:
        changed = copies.copy(info)
        changed.name = posixpath.join(name, info.name).rstrip("/")
        if info.islnk():
            changed.linkname = posixpath.join(name, info.linkname)
        if changed.name:
            yield changed, data


# ------------------------------------------------------------ reading


@contextmanager
def _members(source: Spot, stream: IO[bytes]) -> Iterator[Iterator[Member]]:
    if source.is_stream:
        with tarfile.open(fileobj=stream, mode="r|*") as archive:
            yield ((info, archive.extractfile(info) if info.isfile() else None) for info in archive)
    elif source.node is None:
        yield _on_disk(source.path)
    else:
        with _on_node(source.node, source.path) as members:
            yield members


def _on_disk(path: str) -> Iterator[Member]:
    if not os.path.exists(path):
        raise LabError(f"there is no file '{path}'{_nearest(path, _entries(path))}")
    root = os.path.realpath(path)
    with tarfile.open(fileobj=io.BytesIO(), mode="w") as maker:
        for each in _walk(root):
            info = maker.gettarinfo(each, os.path.relpath(each, root))
            if info is None:  # a socket: nothing that could be copied
                continue
            info.name = "" if info.name == "." else info.name
            if info.isfile():
                with open(each, "rb") as file:
                    yield info, file
            else:
                yield info, None


def _walk(root: str) -> Iterator[str]:
    yield root
    if os.path.isdir(root) and not os.path.islink(root):
        for name in sorted(os.listdir(root)):
            yield from _walk(os.path.join(root, name))


def _entries(path: str) -> list[str]:
    try:
        return os.listdir(os.path.dirname(path) or ".")
    except OSError:
        return []


@contextmanager
def _on_node(node: Node, path: str) -> Iterator[Iterator[Member]]:
    reading, writing = os.pipe2(os.O_CLOEXEC)
    said, null = os.memfd_create("stderr", os.MFD_CLOEXEC), os.open(os.devnull, os.O_RDONLY)
    try:
        with os.fdopen(reading, "rb") as pipe:
            try:
                process = node.attach("sh", "-c", _PACK, "sh", path, streams=(null, writing, said))
            finally:
                os.close(writing)
                os.close(null)
            with process:
                yield _unrooted(pipe)
                _check(node, path, process.wait(), said)
    finally:
        os.close(said)


def _unrooted(pipe: IO[bytes]) -> Iterator[Member]:
    if not pipe.peek(1):  # type: ignore[attr-defined]
        return  # nothing was packed; the exit status says why
    with tarfile.open(fileobj=pipe, mode="r|") as archive:
        root: str | None = None
        for info in archive:
            root = info.name if root is None else root
            if info.islnk():
                info.linkname = info.linkname.removeprefix(root).lstrip("/")
            data = archive.extractfile(info) if info.isfile() else None
            info.name = info.name.removeprefix(root).lstrip("/")
            yield info, data
    while pipe.read(1 << 16):
        pass  # the padding behind the archive, or tar would die of a broken pipe


def _check(node: Node, path: str, status: int, said: int) -> None:
    if status == _ABSENT:
        names = node.run("ls", "-A", "--", posixpath.dirname(path) or ".").stdout.splitlines()
        raise LabError(f"{node.name}: there is no file '{path}'{_nearest(path, names)}")
    if status:
        os.lseek(said, 0, os.SEEK_SET)
        reason = os.read(said, 4096).decode(errors="replace").partition("\n")[0]
        reason = reason.removeprefix("tar: ") or f"tar ended with status {status}"
        raise LabError(f"{node.name}: {reason}")


def _nearest(path: str, names: list[str]) -> str:
    tail = suggestion(posixpath.basename(path.rstrip("/")), names)
    return tail if "did you mean" in tail else ""


# ------------------------------------------------------------ writing


def _write(target: Spot, members: Iterable[Member], folder: str, note: Note) -> None:
    if target.node is not None:
        _to_node(target.node, members, folder)
    elif os.path.isdir(folder):
        unpack(members, folder, note)
    else:
        raise LabError(f"there is no folder '{folder}'")


def _to_node(node: Node, members: Iterable[Member], folder: str) -> None:
    argv = ("tar", "--extract", "--file=-", "--preserve-permissions", "--no-same-owner")
    reading, writing = os.pipe2(os.O_CLOEXEC)
    said = os.memfd_create("stderr", os.MFD_CLOEXEC)
    try:
        with os.fdopen(writing, "wb", buffering=1 << 16) as pipe:
            try:
                process = node.attach(*argv, f"--directory={folder}", streams=(reading, said, said))
            finally:
                os.close(reading)
            with process:
                try:
                    with tarfile.open(fileobj=pipe, mode="w|") as archive:
                        _add(archive, members)
                    pipe.close()
                except BrokenPipeError:
                    pass  # tar has ended before us, and says why
                _check(node, folder, process.wait(), said)
    finally:
        os.close(said)


def _add(archive: tarfile.TarFile, members: Iterable[Member]) -> None:
    for info, data in members:
        archive.addfile(info, data)
