"""A node's first process: it builds the node's file system and becomes its init.

It runs beside the keeper, which lays the wires meanwhile: the twelve machines of the
playground have their files at about the time they have their links.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from netplay.kernel import libc, mounts
from netplay.kernel.accounts import Accounts
from netplay.kernel.fork import close_from
from netplay.kernel.layer import Layer
from netplay.steps import BindMount, FileStep, MakeRoot, WriteFile
from netplay.structs import Frozen

# catatonit(8): -P does nothing but adopt orphans and reap them, in 48 kB.
INIT = ("/usr/bin/catatonit", "-P")


class Ground(Frozen):
    """What the file systems of all nodes stand on.

    ``scratch`` is a folder of the keeper's own; ``lower`` are the shared layers, topmost first.
    ``binds`` tells where the keeper has attached the computer's folders, by their path.
    """

    scratch: str
    lower: tuple[str, ...]
    accounts: Accounts
    binds: dict[str, str]


class Disk:
    """What a node has written: a file system in memory that outlives the node's processes.

    It is mounted where the keeper is, and a node's first process lays the overlay over it.
    """

    def __init__(self, steps: Sequence[FileStep], ground: Ground) -> None:
        make = next(step for step in steps if isinstance(step, MakeRoot))
        self.path = f"{ground.scratch}/{make.node}"
        self.used = False  # whether the node has been built on it before
        os.makedirs(self.path, exist_ok=True)
        mounts.tmpfs(self.path, make.size)
        for folder in ("upper", "work", "root"):
            os.mkdir(f"{self.path}/{folder}")

    def remove(self) -> None:
        """Lets go of everything on it."""
        mounts.unmount(self.path)


def first_process(
    steps: Sequence[FileStep], ground: Ground, disk: Disk, network: int, *, pid_namespace: int
) -> tuple[int, int]:
    """Forks the first process of a node; returns its pid and a pipe.

    The pipe gives end of file when the node's file system stands, or a sentence that says
    why it does not. *network* and *pid_namespace* (the caller's own) are namespace descriptors.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    # The next child, and only it, starts a pid namespace (unshare(2), CLONE_NEWPID).
    libc.unshare(libc.CLONE_NEWPID)
    child = os.fork()
    if child:
        libc.setns(pid_namespace, libc.CLONE_NEWPID)
        os.close(writing)
        disk.used = True
        return child, reading
    try:
        libc.setns(network, libc.CLONE_NEWNET)
        libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC)
        mounts.enter(build(steps, ground, disk))
        close_from(0, writing)
        for _ in range(3):
            os.open("/dev/null", os.O_RDWR)
        os.execv(INIT[0], INIT)
    except BaseException as error:
        # The child of a fork must not unwind into its parent's stack; the pipe tells the reason.
        os.write(writing, str(error).encode())
    os._exit(1)


def build(steps: Sequence[FileStep], ground: Ground, disk: Disk) -> str:
    """Applies a node's file steps in the caller's mount namespace; returns the root folder.

    On a disk that was used before, only what every start of a computer makes anew is written.
    """
    make = next(step for step in steps if isinstance(step, MakeRoot))
    socket.sethostname(make.hostname)
    upper = f"{disk.path}/upper"
    if disk.used:
        for folder in _VOLATILE:
            _empty(upper + folder.rstrip("/"))
    layer = Layer(upper, ground.lower, ground.accounts)
    for step in steps:
        if isinstance(step, WriteFile) and (not disk.used or step.file.path.startswith(_VOLATILE)):
            layer.write(step.file)
    root = mounts.overlay(disk.path, list(ground.lower))
    mounts.system_folders(root)
    for step in steps:
        if isinstance(step, BindMount):
            target = mounts.inside(root, step.target)
            mounts.bind(ground.binds[step.source], target, read_only=step.read_only)
    return root


# Folders that on a Debian are in memory, and so empty after each start (file-hierarchy(7)).
_VOLATILE = ("/run/", "/tmp/")


def _empty(folder: str) -> None:
    """Removes what is in *folder*, or what the node has put in its place.

    No link is followed: the root of who runs this is still the computer's, and a node could have
    made its /run a link to somebody's files. Its processes are gone, so nothing changes meanwhile.
    """
    if os.path.islink(folder) or not os.path.isdir(folder):
        if os.path.lexists(folder):
            os.unlink(folder)
        return
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            _empty(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)


def shared_layer(ground: Ground) -> Layer:
    """The layer that lies under all nodes, over the image."""
    return Layer(ground.lower[0], ground.lower[1:], ground.accounts)
