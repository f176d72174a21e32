"""The doctor: what it says for planted facts, and what it finds and leaves here."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from netplay.kernel import doctor
from netplay.kernel.doctor import Finding, judge, missing_packages, report
from netplay.kernel.doctor_facts import GIGABYTE, Facts, _has_image, _wsl

HEALTHY = Facts(
    uid=1000,
    release="6.12.0-amd64",
    has_apt=True,
    tools={name: True for name, _, _ in doctor.TOOLS + doctor.USER_TOOLS},
    ids="1000-1000, 100000-165534",
    attempts=dict.fromkeys(doctor.ATTEMPTS),
    cache="/home/ann/.cache/netplay",
    free_bytes=40 * GIGABYTE,
)
NO_NAMESPACES: dict[str, object] = {"namespace_error": "Operation not permitted", "attempts": {}}


def only_lack(**planted: object) -> Finding:
    """The one finding that is not in order when *planted* differs from a healthy computer."""
    findings = judge(replace(HEALTHY, **planted))  # type: ignore[arg-type]
    lacks = [finding for finding in findings if not finding.ok]
    assert len(lacks) == 1, report(findings)
    return lacks[0]


def test_a_healthy_computer_lacks_nothing() -> None:
    findings = judge(HEALTHY)
    assert all(finding.ok for finding in findings)
    assert missing_packages(findings) == ()
    assert report(findings).endswith("\nNothing is missing.")
    names = [finding.name for finding in findings]
    assert len(set(names)) == len(names)


CASES: list[tuple[str, dict[str, object], Finding]] = [
    (
        "no mmdebstrap",
        {"tools": {**HEALTHY.tools, "mmdebstrap": False}},
        Finding(
            "mmdebstrap",
            False,
            "is missing; the root image is built by it",
            "sudo apt-get install mmdebstrap",
            ("mmdebstrap",),
        ),
    ),
    (
        "no library, as root",
        {"tools": {**HEALTHY.tools, "libnftables.so.1": False}, "uid": 0},
        Finding(
            "libnftables.so.1",
            False,
            "is missing; address translation and packet filters are set by it",
            "apt-get install libnftables1",
            ("libnftables1",),
        ),
    ),
    (
        "no apt",
        {"tools": {**HEALTHY.tools, "tar": False}, "has_apt": False},
        Finding(
            "tar",
            False,
            "is missing; the root image is unpacked by it; install what Debian calls tar",
        ),
    ),
    (
        "no subordinate ids",
        {
            "ids_error": "user ann has no subordinate ids in /etc/subuid; "
            "try: sudo usermod --add-subuids 1-2 --add-subgids 1-2 ann",
            "attempts": {},
        },
        Finding(
            "ids",
            False,
            "user ann has no subordinate ids in /etc/subuid",
            "sudo usermod --add-subuids 1-2 --add-subgids 1-2 ann",
        ),
    ),
    (
        "Debian's old switch",
        {**NO_NAMESPACES, "sysctls": {"kernel.unprivileged_userns_clone": "0"}},
        Finding(
            "namespaces",
            False,
            "a user namespace cannot be had (Operation not permitted); a setting of this "
            "computer forbids it, kernel.unprivileged_userns_clone",
            "sudo sh -c 'echo kernel.unprivileged_userns_clone=1 >> "
            "/etc/sysctl.d/60-netplay.conf && sysctl -w kernel.unprivileged_userns_clone=1'",
        ),
    ),
    (
        "a limit of none",
        {**NO_NAMESPACES, "sysctls": {"user.max_user_namespaces": "0"}, "uid": 0},
        Finding(
            "namespaces",
            False,
            "a user namespace cannot be had (Operation not permitted); a setting of this "
            "computer forbids it, user.max_user_namespaces",
            "sh -c 'echo user.max_user_namespaces=15000 >> "
            "/etc/sysctl.d/60-netplay.conf && sysctl -w user.max_user_namespaces=15000'",
        ),
    ),
    (
        "Ubuntu 24.04: the namespace can be had, but its root may do nothing",
        {
            "attempts": {"mounts": "Permission denied"},
            "sysctls": {"kernel.apparmor_restrict_unprivileged_userns": "1"},
        },
        Finding(
            "mounts",
            False,
            "a lab cannot have mounts of its own (Permission denied); an AppArmor rule of this "
            "computer forbids it, kernel.apparmor_restrict_unprivileged_userns",
            "sudo sh -c 'echo kernel.apparmor_restrict_unprivileged_userns=0 >> "
            "/etc/sysctl.d/60-netplay.conf && "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'",
        ),
    ),
    (
        "a chroot",
        {**NO_NAMESPACES, "chroot": True},
        Finding(
            "namespaces",
            False,
            "a user namespace cannot be had (Operation not permitted); Linux allows none in a "
            "chroot: start netplay outside of it",
        ),
    ),
    (
        "a container's filter",
        {**NO_NAMESPACES, "container": "docker"},
        Finding(
            "namespaces",
            False,
            "a user namespace cannot be had (Operation not permitted); start the container with "
            "--security-opt seccomp=unconfined --security-opt apparmor=unconfined",
        ),
    ),
    (
        "a container's read-only /proc/sys",
        {"attempts": {"sysctl": "Read-only file system"}, "container": "podman"},
        Finding(
            "sysctl",
            False,
            "a lab cannot set the sysctls of its own network (Read-only file system); start the "
            "container with --security-opt systempaths=unconfined (podman: unmask=ALL)",
        ),
    ),
    (
        "a module that is not loaded",
        {"attempts": {"fwd": "Error: Could not process rule: Operation not supported"}},
        Finding(
            "fwd",
            False,
            "a lab cannot join cables (nftables fwd) "
            "(Error: Could not process rule: Operation not supported)",
            "sudo modprobe nft_fwd_netdev",
        ),
    ),
    (
        "a full disk",
        {"free_bytes": GIGABYTE},
        Finding(
            "disk",
            False,
            "1.0 GB are free at /home/ann/.cache/netplay, and the root image needs 3.0 GB; "
            "make room, or set NETPLAY_CACHE to a directory on another disk",
        ),
    ),
    (
        "WSL 1",
        {"wsl": 1, "wsl_distribution": "Ubuntu 24.04"},
        Finding(
            "system",
            False,
            "this is WSL 1, which has no Linux kernel; netplay needs WSL 2",
            "wsl.exe --set-version 'Ubuntu 24.04' 2",
        ),
    ),
]


@pytest.mark.parametrize(
    ("planted", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_planted_lack_is_named_with_what_mends_it(
    planted: dict[str, object], expected: Finding
) -> None:
    assert only_lack(**planted) == expected


def test_without_the_helpers_the_map_is_not_tried_and_not_judged() -> None:
    tools = {**HEALTHY.tools, "newuidmap": False, "newgidmap": False}
    findings = judge(replace(HEALTHY, tools=tools, maps_tried=False, attempts={}))
    assert missing_packages(findings) == ("uidmap",)
    assert "namespaces" not in [finding.name for finding in findings]
    text = report(findings)
    assert "MISSING  newuidmap: is missing; it gives a user's lab its ids\n" in text
    assert "         try: sudo apt-get install uidmap\n" in text
    assert text.endswith("\n2 things are missing.")


def test_root_needs_no_helpers() -> None:
    tools = {name: True for name, _, _ in doctor.TOOLS}
    assert all(finding.ok for finding in judge(replace(HEALTHY, uid=0, tools=tools)))


def test_each_module_that_a_fix_loads_is_of_an_attempt_that_is_made() -> None:
    from netplay.kernel import doctor_attempts as attempts

    assert set(doctor.ATTEMPTS) == set(attempts._BASIC) | set(attempts._NFTABLES)


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        ("6.12.0-amd64", 0),
        ("4.4.0-19041-Microsoft", 1),
        ("5.15.153.1-microsoft-standard-WSL2", 2),
    ],
)
def test_wsl_by_its_kernel(release: str, kind: int) -> None:
    assert _wsl(release) == kind


def test_with_an_image_little_disk_is_enough(tmp_path: Path) -> None:
    assert not _has_image(tmp_path)
    (tmp_path / "roots/.half-abc").mkdir(parents=True)
    assert not _has_image(tmp_path)
    (tmp_path / "roots/abc").mkdir()
    assert _has_image(tmp_path)


def test_without_a_cache_the_disk_is_not_judged() -> None:
    assert "disk" not in [f.name for f in judge(replace(HEALTHY, free_bytes=None))]


@pytest.mark.lab
def test_here_nothing_is_missing_and_nothing_stays(tmp_path: Path) -> None:
    before = _state()
    findings = doctor.diagnose(tmp_path / "not/yet/there")
    assert report(findings).endswith("Nothing is missing."), report(findings)
    assert {finding.name for finding in findings} >= set(doctor.ATTEMPTS) | {"ids", "namespaces"}
    assert _state() == before
    assert list(tmp_path.iterdir()) == []


def _state() -> tuple[object, ...]:
    """What trying might have left: children, mounts, interfaces, open files."""
    children = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True)
    return (
        len(children.stdout.split()),  # pgrep itself
        Path("/proc/self/mountinfo").read_text(),
        sorted(os.listdir("/sys/class/net")),
        len(os.listdir("/proc/self/fd")),
    )
