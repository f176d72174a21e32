"""Building the root image: one mmdebstrap run, in a user namespace of our own.

mmdebstrap can make its own namespace (``--mode=unshare``), but refuses a home directory that
others may not enter and leaves mounts behind when it is killed as root. In ours (a shifted map,
new mount, process and host-name namespaces) it runs in its root mode, the same way for root and
for everybody: package scripts never run as the computer's root, the building machine's name is
not there to leak, and when process 1 dies nothing is left but files in the cache.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from netplay.errors import ImageError
from netplay.image import contents, sources, wheels
from netplay.kernel import libc
from netplay.kernel.doctor_facts import TO_BUILD
from netplay.kernel.idmap import IdMap
from netplay.kernel.inside import start_inside

__all__ = ["Progress", "build", "customize_script", "mmdebstrap_command"]

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
    program = shutil.which("mmdebstrap")
    if program is None:
        raise ImageError("mmdebstrap is missing; try: sudo apt-get install mmdebstrap")
    free = shutil.disk_usage(work).free
    if free < TO_BUILD:
        raise ImageError(
            f"building the root image takes {TO_BUILD / 1e9:.0f} GB at {work}, and only "
            f"{free / 1e9:.1f} GB are free; make room, or set NETPLAY_CACHE to another disk"
        )
    log.write_bytes(b"")
    progress("downloading the lessons' Python libraries", None)
    wheels.download(contents.lessons_requirements(), work / "wheels", log)
    script = work / "customize.sh"
    script.write_text(customize_script(), encoding="utf-8")
    mirror = work / "mirror.sources"
    text = sources.machine_sources(contents.RELEASE)
    if text is not None:
        mirror.write_text(text, encoding="utf-8")
    # The two places that root of the namespace writes to; it has no rights elsewhere.
    for folder in (work / "tmp", work / "out"):
        folder.mkdir(mode=0o755)
        os.chown(folder, *idmap.root)
    # A quarter of the size and quicker to write, where zstd is there
    tar = work / "out" / ("root.tar.zst" if shutil.which("zstd") else "root.tar")
    command = mmdebstrap_command(work, tar, mirror if text is not None else None, apt_settings())
    _run([program, *command[1:]], work / "tmp", idmap, log, progress)
    return tar


def mmdebstrap_command(
    work: Path, tar: Path, mirror: Path | None, settings: dict[str, str]
) -> list[str]:
    """The argv; *settings* are options of apt by name."""
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--verbose"]
    command.append("--include=" + ",".join(contents.PACKAGES))
    # The namespace is the sandbox: apt's own user could not enter a private home directory.
    for name, value in {"APT::Sandbox::User": "root", **settings}.items():
        command.append(f'--aptopt={name} "{value}"')
    # An unfinished build is thrown away whole, so no file of it needs to be on disk in order.
    command.append("--dpkgopt=force-unsafe-io")
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in contents.EXCLUDED]
    folder, script = shlex.quote(str(work / "wheels")), shlex.quote(str(work / "customize.sh"))
    command.append(f'--customize-hook=cp -r {folder} "$1/tmp/wheels"')
    command.append(f'--customize-hook=chroot "$1" sh -eu < {script}')
    command += [contents.RELEASE, str(tar)]
    return command if mirror is None else [*command, str(mirror)]


def customize_script() -> str:
    """The last steps as one shell script, each announced for the progress display."""
    lines = ["export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive"]
    for step in contents.CUSTOMIZE:
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


def _run(command: list[str], tmp: Path, idmap: IdMap, log: Path, progress: Progress) -> None:
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "DEBIAN_FRONTEND": "noninteractive",
        "TMPDIR": str(tmp),
    }
    proxies = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    environment |= {name: os.environ[name] for name in proxies if name in os.environ}
    reading, writing = os.pipe()

    def debootstrap() -> int:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
        libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)
        socket.sethostname("localhost")
        os.umask(0o022)
        os.chdir("/")
        os.execvpe(command[0], command, environment)

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
