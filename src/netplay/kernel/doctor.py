"""What this computer lacks for a lab, and the one command that mends each lack.

Reading versions and settings would be guessing: the same kernel allows namespaces here, and
forbids them there by a sysctl, an AppArmor rule, a container's filter. So ``doctor_facts``
tries each thing a lab does, in namespaces that are gone afterwards, and this module judges what
was seen: ``judge`` is pure, and the sysctls are looked at only to name the cause of a refusal.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from netplay.kernel.doctor_facts import GIGABYTE, Facts, gather
from netplay.structs import Frozen

__all__ = ["Finding", "diagnose", "judge", "missing_packages", "report"]

# A program or file that must be there, the Debian package that has it, and what it is for.
TOOLS: tuple[tuple[str, str, str], ...] = (
    ("mmdebstrap", "mmdebstrap", "the root image is built by it"),
    ("tar", "tar", "the root image is unpacked by it"),
    ("libnftables.so.1", "libnftables1", "address translation and packet filters are set by it"),
    ("debian-archive-keyring", "debian-archive-keyring", "Debian's packages are checked with it"),
    ("pip", "python3-pip", "the lessons' Python libraries are downloaded by it"),
)
USER_TOOLS = (
    ("newuidmap", "uidmap", "it gives a user's lab its ids"),
    ("newgidmap", "uidmap", "it gives a user's lab its group ids"),
)

# What a lab does in its namespaces: a clause that follows "cannot", and the kernel's module.
ATTEMPTS: dict[str, tuple[str, str | None]] = {
    "mounts": ("have mounts of its own", None),
    "overlay": ("mount an overlay file system", "overlay"),
    "proc": ("mount /proc", None),
    "sysctl": ("set the sysctls of its own network", None),
    "sysfs": ("mount /sys", None),
    "devpts": ("have terminals of its own (devpts)", None),
    "devices": ("use /dev/null", None),
    "veth": ("make network cables (veth)", "veth"),
    "ipv6": ("have IPv6 addresses", None),
    "bridge": ("make switches (bridge)", "bridge"),
    "masquerade": ("translate addresses (nftables masquerade)", "nft_masq"),
    "fwd": ("join cables (nftables fwd)", "nft_fwd_netdev"),
    "ftp": ("follow FTP through address translation (ct helper)", "nf_conntrack_ftp"),
}

# A setting that forbids user namespaces: its sysctl, the value that forbids, one that allows.
FORBIDDING = (
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
)

IN_CONTAINER = {
    "namespaces": "--security-opt seccomp=unconfined --security-opt apparmor=unconfined",
    "proc": "--security-opt systempaths=unconfined (podman: unmask=ALL)",
    "sysctl": "--security-opt systempaths=unconfined (podman: unmask=ALL)",
}


class Finding(Frozen):
    """One thing that was tried: did it work, the sentence about it, and how to mend it.

    ``fix`` is one shell command, or None where no command helps; ``packages`` are the Debian
    packages to install. Both are empty when ``ok``.
    """

    name: str
    ok: bool
    what: str
    fix: str | None = None
    packages: tuple[str, ...] = ()


def diagnose(cache: str | os.PathLike[str] | None = None) -> tuple[Finding, ...]:
    """Tries everything and says what was found; nothing of it stays behind.

    *cache* is the directory of the root image, whose disk is looked at too if it is given.
    """
    return judge(gather(Path(cache) if cache is not None else None))


def missing_packages(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The Debian packages that mend what *findings* lack, each once."""
    names = (name for finding in findings if not finding.ok for name in finding.packages)
    return tuple(dict.fromkeys(names))


def report(findings: tuple[Finding, ...]) -> str:
    """The findings as lines for a person, ending with a verdict."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.name}: {finding.what}")
        if finding.fix:
            lines.append(f"         try: {finding.fix}")
    lacks = sum(not finding.ok for finding in findings)
    if lacks == 0:
        return "\n".join([*lines, "Nothing is missing."])
    return "\n".join([*lines, f"{lacks} thing{'s are' if lacks > 1 else ' is'} missing."])


def judge(facts: Facts) -> tuple[Finding, ...]:
    """What *facts* mean; pure."""
    findings = [_system(facts), *_tools(facts), _ids(facts), _namespaces(facts)]
    findings += [_attempt(facts, name, error) for name, error in facts.attempts.items()]
    findings.append(_disk(facts))
    return tuple(finding for finding in findings if finding is not None)


def _system(facts: Facts) -> Finding:
    """Where we run; by itself no reason to refuse, but for WSL 1, which is no Linux."""
    if facts.wsl == 1:
        return Finding(
            "system",
            ok=False,
            what="this is WSL 1, which has no Linux kernel; netplay needs WSL 2",
            fix="wsl.exe --set-version " + shlex.quote(facts.wsl_distribution or "Debian") + " 2",
        )
    kind = "WSL 2" if facts.wsl else f"a container ({facts.container})" if facts.container else ""
    return Finding("system", True, f"Linux {facts.release}" + (f" in {kind}" if kind else ""))


def _tools(facts: Facts) -> list[Finding]:
    wanted = TOOLS if facts.uid == 0 else TOOLS + USER_TOOLS
    findings = []
    for tool, package, purpose in wanted:
        if facts.tools[tool]:
            findings.append(Finding(tool, True, "is there"))
        elif facts.has_apt:
            fix = _as_root(facts, f"apt-get install {package}")
            findings.append(Finding(tool, False, f"is missing; {purpose}", fix, (package,)))
        else:
            what = f"is missing; {purpose}; install what Debian calls {package}"
            findings.append(Finding(tool, False, what))
    return findings


def _ids(facts: Facts) -> Finding:
    if facts.ids_error is None:
        return Finding("ids", True, f"a lab's ids are those of {facts.ids}")
    sentence, _, fix = facts.ids_error.partition("; try: ")
    return Finding("ids", False, sentence, fix or None)


def _namespaces(facts: Facts) -> Finding | None:
    """Whether root of a new user namespace with the map could be had; None if not tried."""
    if facts.ids_error is not None or not facts.maps_tried:
        return None
    if facts.namespace_error is None:
        return Finding("namespaces", True, "root of a new user namespace can be had")
    what = f"a user namespace cannot be had ({facts.namespace_error})"
    if facts.chroot:  # unshare(2), EPERM
        hint = "; Linux allows none in a chroot: start netplay outside of it"
        return Finding("namespaces", False, what + hint)
    if facts.container:
        hint = f"; start the container with {IN_CONTAINER['namespaces']}"
        return Finding("namespaces", False, what + hint)
    return Finding("namespaces", False, what + _cause(facts), _allowing(facts))


def _attempt(facts: Facts, name: str, error: str | None) -> Finding:
    clause, module = ATTEMPTS[name]
    if error is None:
        return Finding(name, True, f"a lab can {clause}")
    what = f"a lab cannot {clause} ({error})"
    if facts.container and name in IN_CONTAINER:
        return Finding(name, False, f"{what}; start the container with {IN_CONTAINER[name]}")
    if facts.sysctls.get("kernel.apparmor_restrict_unprivileged_userns") == "1" and facts.uid:
        return Finding(name, False, what + _cause(facts), _allowing(facts))
    return Finding(name, False, what, _as_root(facts, f"modprobe {module}") if module else None)


def _disk(facts: Facts) -> Finding | None:
    if facts.free_bytes is None:
        return None
    free, needed = facts.free_bytes / GIGABYTE, facts.needed_bytes / GIGABYTE
    what = f"{free:.1f} GB are free at {facts.cache}"
    if facts.free_bytes >= facts.needed_bytes:
        return Finding("disk", True, what)
    what += f", and the root image needs {needed:.1f} GB; make room, or set NETPLAY_CACHE"
    return Finding("disk", False, what + " to a directory on another disk")


def _forbidden_by(facts: Facts) -> tuple[str, str] | None:
    for name, forbids, allows in FORBIDDING:
        if facts.sysctls.get(name) == forbids:
            return name, allows
    return None


def _cause(facts: Facts) -> str:
    setting = _forbidden_by(facts)
    if setting is None:
        return ""
    by = "an AppArmor rule" if "apparmor" in setting[0] else "a setting"
    return f"; {by} of this computer forbids it, {setting[0]}"


def _allowing(facts: Facts) -> str | None:
    """The command that allows user namespaces, now and after the next start."""
    setting = _forbidden_by(facts)
    if setting is None:
        return None
    line, file = f"{setting[0]}={setting[1]}", "/etc/sysctl.d/60-netplay.conf"
    keep = f"echo {line} >> {file} && sysctl -w {line}"
    return f"sh -c {shlex.quote(keep)}" if facts.uid == 0 else f"sudo sh -c {shlex.quote(keep)}"


def _as_root(facts: Facts, command: str) -> str:
    return command if facts.uid == 0 else f"sudo {command}"
