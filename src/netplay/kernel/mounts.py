"""A node's file system: overlay over the image, and the folders that are not files.

    /          overlay: the node's own tmpfs over the lab's layer over the image
    /proc      of the node's own pid namespace
    /sys       read-only, of the node's own network namespace
    /dev       tmpfs with the six harmless devices bound from the computer: mknod(2) is refused
               in a user namespace
    /dev/pts   an instance of its own, so that terminals are numbered from 0 and tty(1) works

All of it happens in the node's first process, after it has left for its own mount
namespace; nothing of it is visible to anybody else, and it goes when the process goes.
"""

from __future__ import annotations

import errno
import os

from netplay.kernel import libc

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_TTY_GROUP = 5  # `tty` on every Debian; devpts gives it the slaves (pts(4))


def private() -> None:
    """From now on nothing that is mounted here shows up elsewhere, or the other way round."""
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)


def proc() -> None:
    """Mounts /proc of the caller's pid namespace over the old one."""
    libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)


def tmpfs(path: str, size: int) -> None:
    """Mounts a file system in memory that holds at most *size* bytes."""
    data = f"size={size},mode=755,nr_inodes=0"
    libc.mount("tmpfs", path, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, data)


def unmount(path: str) -> None:
    """Takes away what is mounted at *path*; whoever still uses it keeps it."""
    libc.unmount(path)


def overlay(base: str, lower: list[str]) -> str:
    """Mounts *base*/upper over the folders *lower* (topmost first) and returns the mount point.

    In a user namespace redirect_dir, index and the like are refused; with ``userxattr`` a folder of
    the image can be removed, of which there is a mark to be left (overlayfs.rst, "User xattr").
    """
    root = f"{base}/root"
    data = f"lowerdir={':'.join(lower)},upperdir={base}/upper,workdir={base}/work,userxattr"
    libc.mount("overlay", root, "overlay", 0, data)
    return root


def system_folders(root: str) -> None:
    """Mounts /proc, /sys and /dev below *root*."""
    flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("proc", f"{root}/proc", "proc", flags)
    libc.mount("sysfs", f"{root}/sys", "sysfs", flags | libc.MS_RDONLY)
    _devices(f"{root}/dev")


def _devices(dev: str) -> None:
    libc.mount("tmpfs", dev, "tmpfs", libc.MS_NOSUID, "size=64k,mode=755")
    for folder in ("pts", "shm"):
        os.mkdir(f"{dev}/{folder}")
    data = f"newinstance,ptmxmode=0666,mode=0620,gid={_TTY_GROUP}"
    libc.mount("devpts", f"{dev}/pts", "devpts", libc.MS_NOSUID | libc.MS_NOEXEC, data)
    libc.mount("tmpfs", f"{dev}/shm", "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=64m,mode=1777")
    for name in _DEVICES:
        os.close(os.open(f"{dev}/{name}", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o666))
        libc.mount(f"/dev/{name}", f"{dev}/{name}", None, libc.MS_BIND)
    if os.access("/dev/net/tun", os.R_OK | os.W_OK):
        os.mkdir(f"{dev}/net")
        os.close(os.open(f"{dev}/net/tun", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o666))
        libc.mount("/dev/net/tun", f"{dev}/net/tun", None, libc.MS_BIND)
    for name, target in _DEVICE_LINKS.items():
        os.symlink(target, f"{dev}/{name}")


def inside(root: str, path: str) -> str:
    """Where *path* leads for one whose root is *root*, as a path of the caller's without a link.

    A link that a node has made must not lead who builds its file system to the computer's files.
    """
    found, left, links = "", path.split("/")[::-1], 0
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            found = found.rpartition("/")[0]
            continue
        try:
            target = os.readlink(f"{root}{found}/{part}")
        except OSError:  # no link, or nothing there
            found += f"/{part}"
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        if target.startswith("/"):
            found = ""
        left += target.split("/")[::-1]
    return root + found


_MOST_LINKS = 40  # path_resolution(7)


def bind(source: str, target: str, *, read_only: bool) -> None:
    """Shows *source* at *target*, which is made if it is not there.

    Recursive: in a user namespace the mounts below a folder may not be left out
    (mount_namespaces(7), "locked").
    """
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    libc.mount(source, target, None, libc.MS_BIND | libc.MS_REC)
    if read_only:
        kept = os.statvfs(target).f_flag & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC)
        flags = libc.MS_REMOUNT | libc.MS_BIND | libc.MS_RDONLY | kept
        libc.mount("none", target, None, flags)


def enter(root: str) -> None:
    """Makes *root* the file system of the calling process; the computer's is out of reach."""
    libc.pivot_root(root)
