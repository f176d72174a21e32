"""Keeps the kernel's log from the nodes.

A user namespace does not cover syslog(2): where kernel.dmesg_restrict is 0, any user of the
computer may read its log, and so could a node. The keeper therefore installs, before
anything else starts, a filter under which syslog(2) answers EPERM; every process of the lab
inherits it and cannot take it off (seccomp(2)).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from netplay.kernel import libc

_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4  # struct seccomp_data
# machine: (AUDIT_ARCH_…, number of syslog)
_ARCHITECTURES = {
    "x86_64": (0xC000003E, 103),
    "aarch64": (0xC00000B7, 116),
    "riscv64": (0xC00000F3, 116),
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def program(machine: str) -> bytes:
    """The filter for one kind of machine, as struct sock_filter[]."""
    architecture, number = _ARCHITECTURES[machine]
    lines = (
        (_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 0, 2, architecture),  # another ABI numbers its calls otherwise: refuse it
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_EQUAL, 0, 1, number),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def hide_kernel_log() -> None:
    """The calling process and all its children can no longer read the kernel's log."""
    code = program(os.uname().machine)
    filter_program = _Program(len(code) // 8, code)
    libc.prctl(libc.PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_program))
