"""Building the root image and its layers: one mmdebstrap run each, in a user namespace of our own.

mmdebstrap can make its own namespace (``--mode=unshare``), but refuses a home directory that
others may not enter and leaves mounts behind when it is killed as root. In ours (a shifted map,
new mount, process and host-name namespaces) it runs in its root mode, the same way for root and
for everybody: package scripts never run as the computer's root, the building machine's name is
not there to leak, and when process 1 dies nothing is left but files in the cache.

A layer is what the same program adds to the finished image: it works on an overlay whose lower
folder is the image, and the upper one is the layer.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from netplay.errors import ImageError
from netplay.image import contents, sources, wheels
from netplay.image.unpack import pack
from netplay.kernel import libc, mounts
from netplay.kernel.doctor_facts import TO_BUILD
from netplay.kernel.idmap import IdMap
from netplay.kernel.inside import start_inside

__all__ = ["Progress", "build", "build_layer", "customize_script", "mmdebstrap_command"]

Progress = Callable[[str, float | None], None]

# apt's own settings that lead to the mirror; mmdebstrap does not take the computer's apt.conf.
_APT_SETTINGS = re.compile(
    r"(Acquire::(?:(?:http|https|ftp)::\S*Proxy\S*|https::(?:Ca\S*|Verify-\S*)"
    r"|Check-Valid-Until|Check-Date|Retries)) \"([^\"]*)\";"
)

# The lines that begin a phase: what to call it, and from which to which share it goes.
_PHASES = {
    "I: running apt-get update": ("reading Debian's package lists", 0.02, 0.05),
    "I: downloading packages": ("downloading the essential packages", 0.05, 0.12),
    "I: installing essential": ("installing the essential packages", 0.12, 0.2),
    "I: installing remaining": ("downloading and installing the packages", 0.2, 0.75),
    "netplay: the environment": ("installing the lessons' Python libraries", 0.76, 0.76),
    "netplay: compiled": ("compiling the lessons' Python libraries", 0.82, 0.82),
    "netplay: the index": ("indexing the manual pages", 0.9, 0.9),
    "I: creating tarball": ("writing the image", 0.95, 0.95),
}


def build(work: Path, idmap: IdMap, log: Path, progress: Progress) -> Path:
    """Builds in the empty directory *work*; returns the tar of the tree, inside *work*.

    Raises ImageError with the last lines of *log*. *work* is the caller's to remove.
    """
    _check(work, log)
    progress("downloading the lessons' Python libraries", None)
    wheels.download(contents.lessons_requirements(), work / "wheels", log)
    _script(work, contents.CUSTOMIZE)
    _make_folders(work, idmap, "tmp", "out")
    tar = work / "out" / _tar_name()
    command = mmdebstrap_command(work, tar, _mirror(work), apt_settings())
    _run(command, work, idmap, log, progress)
    return tar


def build_layer(
    work: Path, below: Path, packages: Sequence[str], idmap: IdMap, log: Path, progress: Progress
) -> Path:
    """Builds *packages* over the unpacked image *below*; returns the tar of what they add."""
    _check(work, log)
    _script(work, contents.CUSTOMIZE[-1:])
    _make_folders(work, idmap, "tmp", "upper", "work", "root")
    command = layer_command(work, packages, _mirror(work), apt_settings())
    _run(command, work, idmap, log, progress, below)
    progress("writing the layer", 0.95)
    tar = work / _tar_name()
    pack(work / "upper", tar, idmap)
    return tar


def _check(work: Path, log: Path) -> None:
    """Empties the log; ImageError if building cannot end well."""
    if shutil.which("mmdebstrap") is None:
        raise ImageError("mmdebstrap is missing; try: sudo apt-get install mmdebstrap")
    free = shutil.disk_usage(work).free
    if free < TO_BUILD:
        raise ImageError(
            f"building the root image takes {TO_BUILD / 1e9:.0f} GB at {work}, and only "
            f"{free / 1e9:.1f} GB are free; make room, or set NETPLAY_CACHE to another disk"
        )
    log.write_bytes(b"")


def _script(work: Path, steps: Sequence[contents.Step]) -> None:
    (work / "customize.sh").write_text(customize_script(steps), encoding="utf-8")


def _mirror(work: Path) -> Path | None:
    """A file with the computer's own Debian mirror, None if it has none."""
    text = sources.machine_sources(contents.RELEASE)
    if text is None:
        return None
    mirror = work / "mirror.sources"
    mirror.write_text(text, encoding="utf-8")
    return mirror


def _make_folders(work: Path, idmap: IdMap, *names: str) -> None:
    """The places that root of the namespace writes to; it has no rights elsewhere."""
    for name in names:
        (work / name).mkdir(mode=0o755)
        os.chown(work / name, *idmap.root)


def _tar_name() -> str:
    # A quarter of the size and quicker to write, where zstd is there
    return "root.tar.zst" if shutil.which("zstd") else "root.tar"


def mmdebstrap_command(
    work: Path, tar: Path, mirror: Path | None, settings: dict[str, str]
) -> list[str]:
    """The argv that makes the image; *settings* are options of apt by name."""
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--verbose"]
    command += _about_packages(contents.PACKAGES, settings)
    folder = shlex.quote(str(work / "wheels"))
    command.append(f'--customize-hook=cp -r {folder} "$1/tmp/wheels"')
    return [*command, *_about_places(work, tar, mirror)]


def layer_command(
    work: Path, packages: Sequence[str], mirror: Path | None, settings: dict[str, str]
) -> list[str]:
    """The argv that adds *packages* to the image, which is mounted at *work*/root."""
    # mmdebstrap(1): the variant "custom" installs what is named, and nothing that is there.
    command = ["mmdebstrap", "--mode=root", "--variant=custom", "--verbose"]
    command += ["--format=directory", "--skip=check/empty"]
    command += _about_packages(packages, settings)
    return [*command, *_about_places(work, work / "root", mirror)]


def _about_packages(packages: Sequence[str], settings: dict[str, str]) -> Iterator[str]:
    yield "--include=" + ",".join(packages)
    # The namespace is the sandbox: apt's own user could not enter a private home directory.
    for name, value in {"APT::Sandbox::User": "root", **settings}.items():
        yield f'--aptopt={name} "{value}"'
    # An unfinished build is thrown away whole, so no file of it needs to be on disk in order.
    yield "--dpkgopt=force-unsafe-io"
    yield from (f"--dpkgopt=path-exclude={pattern}" for pattern in contents.EXCLUDED)


def _about_places(work: Path, target: Path, mirror: Path | None) -> Iterator[str]:
    yield f'--customize-hook=chroot "$1" sh -eu < {shlex.quote(str(work / "customize.sh"))}'
    yield from (contents.RELEASE, str(target))
    if mirror is not None:
        yield str(mirror)


def customize_script(steps: Sequence[contents.Step] = contents.CUSTOMIZE) -> str:
    """The last steps as one shell script, each announced for the progress display."""
    lines = ["export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive"]
    for step in steps:
        lines += [f"echo {shlex.quote('netplay: ' + step.why)}", f"( {step.shell}\n)"]
    for file in contents.FILES:
        path = shlex.quote(file.path)
        # Removed first: /etc/resolv.conf may be a link
        lines += [f"rm -f {path}", f"printf %s {shlex.quote(file.text)} > {path}"]
        lines.append(f"chmod {file.mode:o} {path}")
    return "\n".join(lines) + "\n"


def apt_settings() -> dict[str, str]:
    """The computer's apt settings without which its mirror may not be reached."""
    found = {"Acquire::Languages": "none"}
    if shutil.which("apt-config"):
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
        found |= dict(_APT_SETTINGS.findall(dump.stdout))
    return found


def _run(
    command: list[str],
    work: Path,
    idmap: IdMap,
    log: Path,
    progress: Progress,
    below: Path | None = None,
) -> None:
    """Runs mmdebstrap; with *below* at *work*/root is an overlay over that folder."""
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "DEBIAN_FRONTEND": "noninteractive",
        "TMPDIR": str(work / "tmp"),
    }
    proxies = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    environment |= {name: os.environ[name] for name in proxies if name in os.environ}
    program = shutil.which("mmdebstrap") or command[0]
    reading, writing = os.pipe()

    def debootstrap() -> int:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        mounts.private()
        mounts.proc()
        if below is not None:
            mounts.overlay(str(work), [str(below)])
        socket.sethostname("localhost")
        os.umask(0o022)
        os.chdir("/")
        os.execve(program, command, environment)

    flags = libc.CLONE_NEWNS | libc.CLONE_NEWPID | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
    try:
        pid, errors = start_inside(idmap, debootstrap, flags)
    finally:
        os.close(writing)
    with open(errors, encoding="utf-8", errors="replace") as pipe:
        try:
            with open(reading, encoding="utf-8", errors="replace") as lines, log.open("a") as file:
                for text, share in _stages(_copied(lines, file)):
                    progress(text, share)
            said = pipe.read()
            _, status = os.waitpid(pid, 0)
        except BaseException:  # Ctrl-C above all; process 1 takes everything with it
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
    if said or status:
        raise ImageError(_failure(said, os.waitstatus_to_exitcode(status), log))


def _copied(lines: Iterable[str], file: TextIO) -> Iterator[str]:
    for line in lines:
        file.write(line)
        yield line


def _stages(lines: Iterator[str]) -> Iterator[tuple[str, float]]:
    """(what is going on, share of the whole) for each line of mmdebstrap that tells.

    A phase begins with a line of mmdebstrap's own; within it apt says how many packages are to
    come, and each is then fetched, unpacked and set up.
    """
    text, start, end, packages, done = "starting mmdebstrap", 0.0, 0.0, 0, 0
    for line in lines:
        phase = next((known for known in _PHASES if line.startswith(known)), None)
        if phase is not None:
            text, start, end = _PHASES[phase]
            packages, done = 0, 0
        elif match := re.search(r"(\d+) newly installed", line):
            packages = int(match[1])
        elif re.match(r"Get:|Unpacking |Setting up ", line):
            done += 1
        else:
            continue
        yield text, start + (end - start) * (min(1.0, done / packages / 3) if packages else 0.0)


def _failure(said: str, status: int, log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    tail = "\n".join(f"    {line}" for line in lines[-12:])
    reason = said or f"mmdebstrap left with status {status}"
    return f"the root image could not be built: {reason}; the last lines of {log}:\n{tail}"
