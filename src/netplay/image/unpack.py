"""The image as a tar and as a directory that root of a lab's namespace owns.

An ordinary user may not create files for other users, nor remove them; root of the user
namespace may. So tar and rm run inside, under the same map as the lab.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from netplay.errors import ImageError
from netplay.kernel import libc
from netplay.kernel.idmap import IdMap
from netplay.kernel.inside import run_inside

__all__ = ["pack", "remove_tree", "unpack"]

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def pack(tree: Path, tar: Path, idmap: IdMap) -> None:
    """Writes *tree*, which root of a namespace with this map owns, into the new file *tar*.

    Raises ImageError with tar's own words.
    """
    command = ["tar", "--create", "--file=-", f"--directory={tree}", "--numeric-owner"]
    command += ["--xattrs", "--xattrs-include=*"]
    if tar.suffix == ".zst":
        command.append("--zstd")
    descriptor = os.open(tar, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        status, said = _execute([*command, "."], idmap, stdout=descriptor)
    finally:
        os.close(descriptor)
    if status:
        raise ImageError(f"{tree} could not be packed into {tar}: {said}")


def unpack(tar: Path, target: Path, idmap: IdMap) -> None:
    """Unpacks *tar* into *target*, which appears whole or not at all.

    Raises ImageError with tar's own words.
    """
    half = target.with_name(f".half-{target.name}")
    half.mkdir(mode=0o755)
    os.chown(half, *idmap.root)
    command = ["tar", "--extract", "--file=-", f"--directory={half}", "--numeric-owner"]
    command += ["--preserve-permissions", "--xattrs", "--xattrs-include=*", "--exclude=./dev/*"]
    if tar.suffix == ".zst":
        command.append("--zstd")  # tar(1): not recognised by itself on standard input
    # Opened here: root of the namespace might not be allowed to
    descriptor = os.open(tar, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status, said = _execute(command, idmap, stdin=descriptor)
    finally:
        os.close(descriptor)
    if status:
        raise ImageError(f"the root image could not be unpacked into {half}: {said}")
    os.sync()  # a power cut after the rename must not show a directory of empty files
    half.rename(target)


def remove_tree(tree: Path, idmap: IdMap) -> None:
    """Removes a directory that root of a namespace with this map has written; raises ImageError.

    Root of this computer needs no namespace for it, nor the right map.
    """
    if os.geteuid() == 0:
        shutil.rmtree(tree)
        return
    status, said = _execute(["rm", "-rf", "--", str(tree)], idmap)
    if status:
        raise ImageError(f"{tree} could not be removed: {said}")


def _execute(
    command: list[str], idmap: IdMap, *, stdin: int | None = None, stdout: int | None = None
) -> tuple[int, str]:
    """The exit status and the standard error of a program inside the namespace."""
    with open(os.memfd_create("stderr"), "w+b") as errors:

        def program() -> int:
            os.dup2(os.open(os.devnull, os.O_RDONLY) if stdin is None else stdin, 0)
            os.dup2(errors.fileno() if stdout is None else stdout, 1)
            os.dup2(errors.fileno(), 2)
            os.umask(0o022)
            os.execvpe(command[0], command, {"PATH": _PATH, "LC_ALL": "C.UTF-8"})

        status = run_inside(idmap, program, libc.CLONE_NEWPID)
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
    return status, "; ".join(lines[-3:])
