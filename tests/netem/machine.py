"""A virtual machine with Debian's kernel and nothing but this Python and netplay in it.

The kernel is downloaded from where this computer gets its packages, and unpacked, not installed.
All of the machine is an archive in memory, written here (cpio's "newc" format, as the kernel's
initramfs-buffer-format document tells it): the files that ``guest.py`` needs, at their own
places, and the kernel's modules. So it boots in seconds, also where the processor is emulated.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from netplay.image.sources import machine_sources
from tests.netem.guest import MARK, MODULES

RELEASE = "trixie"
QEMU = "qemu-system-x86_64"
# In no order: each brings what it depends on before itself.
WANTED = ("veth", "bridge", "nf_tables", "nft_fwd_netdev", "sch_netem")
LIMIT = 120  # seconds for all of it


class CannotBeHad(Exception):
    """Something that the machine is made of is not to be had here; the message says what."""


def run(folder: Path) -> dict[str, Any]:
    """Boots the machine once; what it measured."""
    if os.uname().machine != "x86_64":
        raise CannotBeHad("the virtual machine is made for x86-64 computers")
    _ensure_qemu()
    kernel, modules = _kernel(folder)
    archive = folder / "initramfs.gz"
    with gzip.open(archive, "wb", compresslevel=1) as file:
        for part in _cpio(_files(modules)):
            file.write(part)
    done = subprocess.run(
        [
            *(QEMU, "-M", "microvm,acpi=off,pit=on,pic=on,rtc=on", "-accel", "tcg", "-cpu", "max"),
            *("-m", "512", "-nodefaults", "-no-user-config", "-nographic", "-serial", "stdio"),
            *("-no-reboot", "-kernel", str(kernel), "-initrd", str(archive)),
            *("-append", "console=ttyS0 panic=-1 reboot=t quiet tsc=reliable rdinit=/init"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LIMIT,
    )
    for line in done.stdout.splitlines():
        if MARK in line:
            found: dict[str, Any] = json.loads(line.partition(MARK)[2])
            return found
    raise AssertionError(f"the machine said:\n{done.stdout[-4000:]}\n{done.stderr[-1000:]}")


def _ensure_qemu() -> None:
    if shutil.which(QEMU):
        return
    if not os.environ.get("CI") or os.geteuid():
        raise CannotBeHad(f"{QEMU} is not there; try: apt install qemu-system-x86")
    subprocess.run(
        ["apt-get", "install", "-qy", "--no-install-recommends", "qemu-system-x86"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


# ---------------------------------------------------------------- the kernel


def _kernel(folder: Path) -> tuple[Path, dict[str, bytes]]:
    """The kernel's image, and its modules in the order in which they are loaded."""
    sources = machine_sources(RELEASE)
    if sources is None or not shutil.which("apt-get"):
        raise CannotBeHad("this computer gets no packages from Debian: there is no kernel to boot")
    (folder / "debian.sources").write_text(sources)
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    options = {
        "Dir::Etc::sourcelist": folder / "debian.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "",
    }
    settings = [f"-o{name}={value}" for name, value in options.items()]
    _apt("apt-get", *settings, "update", "-q", folder=folder)
    depends = _apt("apt-cache", *settings, "depends", "linux-image-cloud-amd64", folder=folder)
    match = re.search(r"Depends: (linux-image-\S+)", depends)
    if match is None:
        raise CannotBeHad(f"Debian {RELEASE} has no kernel for virtual machines here")
    _apt("apt-get", *settings, "download", "-q", match[1], folder=folder)
    (package,) = folder.glob("linux-image-*.deb")
    subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "kernel")], check=True)
    (image,) = (folder / "kernel/boot").glob("vmlinuz-*")
    return image, _modules(folder / "kernel")


def _apt(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode:
        raise CannotBeHad(f"{' '.join(command[-2:])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _modules(root: Path) -> dict[str, bytes]:
    files = {path.name.split(".")[0].replace("-", "_"): path for path in root.rglob("*.ko*")}
    loaded: dict[str, bytes] = {}

    def load(name: str) -> None:
        if name in loaded or name not in files:  # not a file: built into the kernel
            return
        data = files[name].read_bytes()
        if files[name].suffix == ".xz":
            data = lzma.decompress(data)
        # modinfo(8): the section has `depends=a,b`
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in depends[1].decode().split(",") if depends else ():
            load(other.replace("-", "_"))
        loaded[name] = data

    for name in WANTED:
        load(name)
    return loaded


# ---------------------------------------------------------------- the archive


def _files(modules: Mapping[str, bytes]) -> dict[str, bytes | str]:
    """Everything in the machine: contents, or as text where a symbolic link leads."""
    source = Path(__file__).resolve().parent.parent.parent
    guest = source / "tests/netem/guest.py"
    python = os.path.realpath(sys.executable)
    code = f"import sys; sys.path.insert(0, {str(source / 'src')!r}); sys.argv[0] = ''\n"
    listing = subprocess.run(
        [
            python,
            "-I",
            "-S",
            "-c",
            f"{code}import runpy; runpy.run_path({str(guest)!r}, run_name='__main__')",
            "needed",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found: dict[str, bytes | str] = {}
    for name in {*json.loads(listing), python, str(guest)}:
        _add(found, name)
    for number, (name, data) in enumerate(modules.items()):
        found[f"{MODULES}/{number:02}-{name}"] = data
    found["/init"] = (
        f"#!{python} -IS\n{code}import runpy\nrunpy.run_path({str(guest)!r}, run_name='__main__')\n"
    ).encode()
    return found


def _add(found: dict[str, bytes | str], name: str) -> None:
    """A file, and the other names that it has beside it: libraries are asked for by those."""
    real = os.path.realpath(name)
    found[real] = Path(real).read_bytes()
    if ".so" not in name:
        found.setdefault(name, found[real])
        return
    for other in os.scandir(os.path.dirname(real)):
        if other.is_symlink() and os.path.realpath(other.path) == real:
            found[other.path] = os.path.basename(real)
    # ELF programs name their loader by this path.
    if "ld-linux" in name:
        found["/lib64/" + os.path.basename(name)] = found[real]


def _cpio(files: Mapping[str, bytes | str]) -> Iterator[bytes]:
    """The archive in the format "newc"."""
    folders = {str(parent) for name in files for parent in Path(name).parents} - {"/"}
    if all(not name.startswith("/lib/") for name in files):
        files = {**files, "/lib": "usr/lib"}
    for folder in sorted(folders):
        yield _entry(folder, stat.S_IFDIR | 0o755, b"")
    yield _entry("/dev", stat.S_IFDIR | 0o755, b"")
    # Where the first process's words go: there is no console without it.
    yield _entry("/dev/console", stat.S_IFCHR | 0o600, b"", device=(5, 1))
    for name, content in files.items():
        if isinstance(content, str):
            yield _entry(name, stat.S_IFLNK | 0o777, content.encode())
        else:
            yield _entry(name, stat.S_IFREG | 0o755, content)
    yield _entry("/TRAILER!!!", 0, b"")


def _entry(name: str, mode: int, content: bytes, device: tuple[int, int] = (0, 0)) -> bytes:
    path = name.lstrip("/").encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)
