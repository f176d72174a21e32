"""Into the outer namespaces: the door through which a keeper leaves the computer.

The lab's user namespace, with its map of ids, and the panel's network namespace are there already
(the fitter has made them); the keeper joins them and adds namespaces of the other kinds. The
computer's folders that are to be shared it has taken along: when it is root, as mounts that
translate ids (mount_setattr(2)), so that what a node's root writes there belongs, on the
computer, to the one who started the lab.

Then it becomes uid 0 of the map (before any exec, or the capabilities would be lost:
capabilities(7), "transformation of capabilities during execve") and forks. The child is process 1
of the pid namespace: when it dies, however it dies, the kernel kills every process of the
lab, and with the last process go the namespaces, the mounts and the interfaces.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from netplay.kernel import libc

_OTHERS = libc.CLONE_NEWNS | libc.CLONE_NEWPID | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC


def enter(
    user: int, network: int, image: Sequence[str], shared: Sequence[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Moves the calling process into two namespaces, given as descriptors, and into new ones.

    It has one thread, and is uid 0 there. Returns descriptors of the folders in *image*, which
    belong to the id map, and of those of the computer in *shared*, for `attach`. The process
    keeps its pid; the first child it forks is process 1. Raises OSError.
    """
    is_root = os.geteuid() == 0
    trees = tuple(_translated(path, user) for path in shared) if is_root else ()
    libc.setns(user, libc.CLONE_NEWUSER)
    libc.setns(network, libc.CLONE_NEWNET)
    libc.unshare(_OTHERS)
    # Now, in the new mount namespace, for a mount of another one cannot be used in it; but
    # before the ids change, for the way to a folder may be open to the caller alone.
    own = tuple(map(_folder, image))
    folders = trees if is_root else tuple(map(_folder, shared))
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    # Changing ids made the process undumpable, and the /proc entries of such a process and its
    # forks cannot be opened (proc(5)); the keeper needs those of the nodes' first processes.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    return own, folders


def _folder(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _translated(path: str, user: int) -> int:
    tree = libc.open_tree(path)
    try:
        libc.set_idmap(tree, user)
    except OSError as error:
        raise OSError(
            error.errno,
            f"{path} is on a file system that cannot translate ids ({error.strerror}):"
            " start netplay as an ordinary user, or from a folder on ext4, xfs, btrfs or tmpfs",
        ) from error
    return tree


def attach(descriptor: int, target: str) -> None:
    """Shows an opened folder at *target* (which must exist), in the caller's mount namespace."""
    try:
        libc.move_mount(descriptor, target)
    except OSError:
        # Not a detached mount but a folder: an ordinary user's uid is in the map as it is.
        libc.mount(f"/proc/self/fd/{descriptor}", target, None, libc.MS_BIND | libc.MS_REC)
