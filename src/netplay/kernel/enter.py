"""Into the outer namespaces: the door through which a lab leaves the computer.

    launcher ── exec ──► door ── fork ──► keeper (process 1 of the lab)
                          └──── fork ──► usher (stays outside for a moment)

The door unshares everything at once: user, mount, network, pid, host name and IPC namespaces.
A process in a new user namespace cannot give itself a range of ids, so the usher, forked
before, does from outside what must be done there: it writes the id map (root by itself, anyone
else through newuidmap(1)) and, when root, hands in the shared folders as mounts that
translate ids (mount_setattr(2)), so that what a node's root writes there belongs, on the
computer, to the one who started the lab.

Then the door becomes uid 0 of the map (before any exec, or the capabilities would be lost:
capabilities(7), "transformation of capabilities during execve") and forks. The child is process 1
of the pid namespace: when it dies, however it dies, the kernel kills every process of the
lab, and with the last process go the namespaces, the mounts and the interfaces.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from netplay.kernel import idmap, libc

_EVERYTHING = (
    libc.CLONE_NEWUSER
    | libc.CLONE_NEWNS
    | libc.CLONE_NEWNET
    | libc.CLONE_NEWPID
    | libc.CLONE_NEWUTS
    | libc.CLONE_NEWIPC
)


def enter(image: Sequence[str], shared: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Moves the calling process into new namespaces as uid 0 and opens folders for `attach`.

    Returns descriptors of the folders in *image*, which belong to the id map, and of those of
    the computer in *shared*. The process keeps its pid; the first child it forks is process 1.
    Raises HostError or OSError.
    """
    mapping = idmap.choose()
    is_root = os.geteuid() == 0
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door = os.getpid()
    usher = os.fork()
    if usher == 0:
        ours.close()
        _usher(theirs, door, mapping, shared if is_root else ())
    theirs.close()
    with ours:
        libc.unshare(_EVERYTHING)
        ours.send(b"unshared")
        answer, trees, _, _ = socket.recv_fds(ours, 4096, _MOST_FOLDERS)
        for tree in trees:
            os.set_inheritable(tree, False)
    os.waitpid(usher, 0)
    if answer != b"done":
        raise OSError(answer.decode() or "the id map was not written")
    # Now, in the new mount namespace, for a mount of another one cannot be used in it; but
    # before the ids change, for the way to a folder may be open to the caller alone.
    own = tuple(map(_folder, image))
    folders = tuple(trees) if is_root else tuple(map(_folder, shared))
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    # Changing ids made the process undumpable, and the /proc entries of such a process and its
    # forks cannot be opened (proc(5)); the keeper needs those of the nodes' first processes.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    return own, folders


def _folder(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def attach(descriptor: int, target: str) -> None:
    """Shows an opened folder at *target* (which must exist), in the caller's mount namespace."""
    try:
        libc.move_mount(descriptor, target)
    except OSError:
        # Not a detached mount but a folder: an ordinary user's uid is in the map as it is.
        libc.mount(f"/proc/self/fd/{descriptor}", target, None, libc.MS_BIND | libc.MS_REC)


_MOST_FOLDERS = 253  # SCM_MAX_FD (unix(7))


def _usher(line: socket.socket, door: int, mapping: idmap.IdMap, shared: Sequence[str]) -> None:
    try:
        line.recv(16)
        idmap.write(door, mapping)
        trees = _translated(door, shared)
        socket.send_fds(line, [b"done"], trees)
    except BaseException as error:
        # The child of a fork must not unwind into its parent's stack; the door tells the reason.
        line.send(str(error).encode()[:4096] or b"failed")
    os._exit(0)


def _translated(door: int, shared: Sequence[str]) -> list[int]:
    namespace = os.open(f"/proc/{door}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    trees = []
    for path in shared:
        tree = libc.open_tree(path)
        try:
            libc.set_idmap(tree, namespace)
        except OSError as error:
            raise OSError(
                error.errno,
                f"{path} is on a file system that cannot translate ids ({error.strerror}):"
                " start netplay as an ordinary user, or from a folder on ext4, xfs, btrfs or tmpfs",
            ) from error
        trees.append(tree)
    return trees
