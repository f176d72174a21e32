"""The system calls that Python 3.11 does not offer, through ctypes, with errno as OSError.

Python gained ``os.unshare`` and ``os.setns`` in 3.12; the mount calls it never had. Numbers
of system calls without a glibc wrapper are the same on every architecture since
Linux 5.1 (asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import termios

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_SET_SECCOMP = 22

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK

_SYS_OPEN_TREE = 428
_SYS_MOVE_MOUNT = 429
_SYS_CLOSE_RANGE = 436
_SYS_MOUNT_SETATTR = 442
_CLOSE_RANGE_CLOEXEC = 4
_LAST_DESCRIPTOR = (1 << 32) - 1
_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 1
_OPEN_TREE_CLOEXEC = os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_MOUNT_ATTR_RDONLY = 0x1
_MOUNT_ATTR_NOSUID = 0x2
_MOUNT_ATTR_IDMAP = 0x00100000

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    """struct mount_attr of mount_setattr(2)."""

    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


class _TimerSetting(ctypes.Structure):
    """struct itimerspec: an interval, which stays zero, and a time."""

    _fields_ = tuple((name, ctypes.c_long) for name in ("every_s", "every_ns", "s", "ns"))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """unshare(2)."""
    _check(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, flags: int) -> None:
    """setns(2); *descriptor* is a namespace file or a pidfd."""
    _check(_libc.setns(descriptor, flags), f"setns({flags:#x})")


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _check(result, f"mount {kind or 'bind'} on {target}")


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    """umount2(2); by default the mount goes now and its last users keep it."""
    _check(_libc.umount2(target.encode(), flags), f"umount {target}")


def pivot_root(new: str) -> None:
    """Makes *new* the root and lets go of the old one.

    pivot_root(2), NOTES: with "." twice the old root ends up on top of the new one,
    so that no folder is needed to park it.
    """
    os.chdir(new)
    _check(_libc.syscall(_pivot_root_number(), b".", b"."), f"pivot_root {new}")
    unmount(".")
    os.chdir("/")


def _pivot_root_number() -> int:
    machine = os.uname().machine
    return {"x86_64": 155, "aarch64": 41, "riscv64": 41}[machine]


def prctl(option: int, *arguments: Any) -> int:
    """prctl(2)."""
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc.prctl(option, *words), f"prctl({option})")


def close_on_exec(first: int) -> None:
    """Has every descriptor from *first* on closed when the caller, or a child, executes a program.

    close_range(2), since Linux 5.11.
    """
    last, flags = ctypes.c_uint(_LAST_DESCRIPTOR), ctypes.c_uint(_CLOSE_RANGE_CLOEXEC)
    _check(_libc.syscall(_SYS_CLOSE_RANGE, ctypes.c_uint(first), last, flags), "close_range")


def open_tree(path: str) -> int:
    """A detached copy of the mount at *path*, as a descriptor (open_tree(2))."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC
    number = _libc.syscall(_SYS_OPEN_TREE, _AT_FDCWD, path.encode(), flags)
    return _check(number, f"open_tree {path}")


def set_idmap(tree: int, user_namespace: int) -> None:
    """Makes a detached mount translate ids as *user_namespace* does (mount_setattr(2))."""
    attributes = _MountAttributes(set=_MOUNT_ATTR_IDMAP, userns_fd=user_namespace)
    _set_attributes(tree, attributes, "mount_setattr(IDMAP)")


def set_read_only(tree: int) -> None:
    """Makes a detached mount read-only."""
    _set_attributes(tree, _MountAttributes(set=_MOUNT_ATTR_RDONLY), "mount_setattr(RDONLY)")


def _set_attributes(tree: int, attributes: _MountAttributes, what: str) -> None:
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR,
        tree,
        b"",
        _AT_EMPTY_PATH,
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _check(result, what)


def move_mount(tree: int, target: str) -> None:
    """Attaches a detached mount at *target* (move_mount(2))."""
    result = _libc.syscall(
        _SYS_MOVE_MOUNT, tree, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH
    )
    _check(result, f"move_mount {target}")


def controlling_terminal(descriptor: int) -> None:
    """Makes a terminal the controlling one of the caller's new session (tty_ioctl(4))."""
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


def timer() -> int:
    """A descriptor that becomes readable at a time to be set (timerfd_create(2))."""
    return _check(_libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS), "timerfd_create")


def set_timer(descriptor: int, nanoseconds: int) -> None:
    """Sets a timer to a time of the monotonic clock, 0 for never; one that has rung is silenced.

    A time that has passed rings at once.
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    setting = _TimerSetting(0, 0, seconds, rest)
    result = _libc.timerfd_settime(descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(setting), None)
    _check(result, "timerfd_settime")
