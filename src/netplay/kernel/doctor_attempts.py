"""The doctor's attempts: what a lab does in its namespaces, each done once and forgotten.

All of it happens in one process in new user, mount, pid, network, host-name and IPC namespaces,
on a tmpfs over /tmp that only it sees. When the process ends the kernel removes everything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import IPv6Interface

from netplay.errors import HostError
from netplay.kernel import libc, nftables, rtnetlink
from netplay.kernel.idmap import IdMap
from netplay.kernel.inside import run_inside

__all__ = ["run"]

_NAMESPACES = (
    libc.CLONE_NEWNS | libc.CLONE_NEWPID | libc.CLONE_NEWNET | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
)
_MASQUERADE = """
table ip try {
    chain out { type nat hook postrouting priority 100; oifname "eth1" masquerade
    }
}
"""
_FWD = """
table netdev try {
    chain in { type filter hook ingress device "eth1" priority 0; fwd to "port1"
    }
}
"""
_FTP = """
table ip ftp {
    ct helper ftp-std { type "ftp" protocol tcp
    }
}
"""


def run(idmap: IdMap, *, nft: bool) -> tuple[str | None, dict[str, str | None]]:
    """(why no namespace could be had or None, attempt → its error or None).

    Without libnftables (*nft* false) what needs it is not tried.
    """
    attempts = _BASIC | (_NFTABLES if nft else {})
    reading, writing = os.pipe()

    def try_all() -> int:
        for name, attempt in attempts.items():
            os.write(writing, f"{name}\t{_error(attempt)}\n".encode())
        return 0

    with open(reading, encoding="utf-8") as pipe:
        try:
            run_inside(idmap, try_all, _NAMESPACES)
        except HostError as error:
            return str(error).partition("; try:")[0], {}
        finally:
            os.close(writing)
        lines = [line.rstrip("\n").partition("\t") for line in pipe]
    return None, {name: error or None for name, _, error in lines}


def _error(attempt: Callable[[], None]) -> str:
    """The reason in one line, or an empty one; a refusal is the answer, not a failure."""
    try:
        attempt()
    except OSError as error:
        return " ".join(str(error.strerror or error).split()) or "refused"
    return ""


def _mounts() -> None:
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    # mode: with /tmp's usual sticky bit, fs.protected_regular would refuse the device below
    libc.mount("tmpfs", "/tmp", "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=755")
    for folder in ("lower", "upper", "work", "root", "proc", "sys", "pts"):
        os.mkdir(f"/tmp/{folder}")


def _overlay() -> None:
    where = "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr"
    libc.mount("overlay", "/tmp/root", "overlay", 0, where)
    _write("/tmp/root/file", "")


def _proc() -> None:
    libc.mount("proc", "/tmp/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)


def _sysctl() -> None:
    _write("/tmp/proc/sys/net/ipv4/ip_forward", "1")


def _sysfs() -> None:
    libc.mount("sysfs", "/tmp/sys", "sysfs", libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV)


def _devpts() -> None:
    libc.mount("devpts", "/tmp/pts", "devpts", 0, "newinstance,ptmxmode=0666,gid=5")
    os.close(os.open("/tmp/pts/ptmx", os.O_RDWR | os.O_NOCTTY))


def _devices() -> None:
    _write("/tmp/null", "")
    libc.mount("/dev/null", "/tmp/null", None, libc.MS_BIND)
    _write("/tmp/null", "x")


def _veth() -> None:
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    mac = "02:00:00:00:00:01"
    request = rtnetlink.veth("port1", "eth1", namespace, index=11, port_index=12, mac=mac, mtu=1500)
    _netlink(request, rtnetlink.up(11), rtnetlink.up(12))


def _ipv6() -> None:
    _netlink(rtnetlink.address(11, IPv6Interface("2001:db8::1/64")))


def _bridge() -> None:
    _netlink(rtnetlink.bridge("br0", index=13, mtu=1500), rtnetlink.up(13))


def _netlink(*requests: rtnetlink.Request) -> None:
    netlink = rtnetlink.Netlink()
    netlink.apply(requests)
    netlink.close()


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    os.write(descriptor, text.encode())
    os.close(descriptor)


_BASIC: dict[str, Callable[[], None]] = {
    "mounts": _mounts,
    "overlay": _overlay,
    "proc": _proc,
    "sysctl": _sysctl,
    "sysfs": _sysfs,
    "devpts": _devpts,
    "devices": _devices,
    "veth": _veth,
    "ipv6": _ipv6,
    "bridge": _bridge,
}
_NFTABLES: dict[str, Callable[[], None]] = {
    "masquerade": lambda: nftables.load(_MASQUERADE),
    "fwd": lambda: nftables.load(_FWD),
    "ftp": lambda: nftables.load(_FTP),
}
