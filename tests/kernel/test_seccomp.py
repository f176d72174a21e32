"""The filter that hides the kernel's log: run as the kernel would, instruction by instruction."""

from __future__ import annotations

import errno
import struct

import pytest

from netplay.kernel import seccomp

X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


def run(program: bytes, number: int, architecture: int) -> int:
    """Interprets a classic BPF program over struct seccomp_data."""
    data = struct.pack("II", number, architecture)
    lines = list(struct.iter_unpack("HBBI", program))
    place, accumulator = 0, 0
    while True:
        code, when_true, when_false, constant = lines[place]
        place += 1
        if code == 0x20:
            accumulator = struct.unpack_from("I", data, constant)[0]
        elif code == 0x15:
            place += when_true if accumulator == constant else when_false
        elif code == 0x06:
            return constant


@pytest.mark.parametrize(
    ("machine", "arch", "syslog"), [("x86_64", X86_64, 103), ("aarch64", AARCH64, 116)]
)
def test_syslog_is_refused_and_everything_else_allowed(
    machine: str, arch: int, syslog: int
) -> None:
    program = seccomp.program(machine)
    assert run(program, syslog, arch) == REFUSE
    assert all(run(program, n, arch) == ALLOW for n in range(500) if n != syslog)


def test_another_abi_is_refused_because_it_counts_otherwise() -> None:
    assert run(seccomp.program("x86_64"), 4, I386) == REFUSE
