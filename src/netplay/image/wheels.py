"""The lessons' libraries as wheels for the image's Python, by the computer's own pip.

The image has no package index, and must not learn this computer's; so the computer's pip, with
whatever indices and certificates it is configured for, downloads, and the image's installs from
the folder. Two things are told to pip:

* which wheels fit: those of the image's Python and of any glibc up to the image's;
* which environment markers hold. pip takes them from the Python that runs *it*, so on Python
  3.11 it wanted ``greenlet<3; python_version < "3.12"``, which has no wheel for 3.13. The
  small program below runs the same pip with the image's answers instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from netplay.errors import ImageError
from netplay.image.contents import PYTHON_VERSION
from netplay.kernel.fork import die_with_parent

__all__ = ["download", "pip_command"]

_MARKERS = """
import sys
from pip._vendor.packaging import markers
ours = markers.default_environment
image = {"python_version": sys.argv[2], "python_full_version": sys.argv[1],
         "implementation_version": sys.argv[1]}
markers.default_environment = lambda: {**ours(), **image}
"""
_PIP = """
from pip._internal.cli.main import main
sys.exit(main(sys.argv[3:]))
"""


def download(requirements: Iterable[str], folder: Path, log: Path) -> None:
    """Fills *folder* with the wheels and ``requirements.txt``; the talk goes to *log*.

    Raises ImageError with pip's own reason.
    """
    folder.mkdir(parents=True)
    wanted = folder / "requirements.txt"
    lines = [f"{line}\n" for line in requirements]
    wanted.write_text("".join(lines), encoding="utf-8")
    if not lines:
        return
    short = ".".join(PYTHON_VERSION.split(".")[:2])
    command = [*pip_command(), "-c", _MARKERS + _PIP, PYTHON_VERSION, short, "download"]
    command += ["--quiet", "--no-input", "--progress-bar=off", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--dest", str(folder), "--requirement", str(wanted)]
    command += ["--implementation=cp", "--python-version", short, "--abi", _abi(short)]
    for platform in _platforms(os.uname().machine):
        command += ["--platform", platform]
    with log.open("ab") as file:
        # A pip that outlived a killed netplay would fill a folder that the next one sweeps
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            preexec_fn=die_with_parent,
        )
    if done.returncode:
        raise ImageError(f"pip could not download the lessons' libraries: {_reason(log)}")


def pip_command() -> list[str]:
    """A Python that has pip: this one, else one on the PATH (a pipx venv may have none)."""
    for python in (sys.executable, shutil.which("python3"), "/usr/bin/python3"):
        if python and _has_pip(python):
            return [python]
    raise ImageError("no Python here has pip; try: sudo apt-get install python3-pip")


def _has_pip(python: str) -> bool:
    probe = [python, "-c", "import importlib.util as u; raise SystemExit(not u.find_spec('pip'))"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def _platforms(machine: str) -> list[str]:
    """PEP 600 tags from trixie's glibc 2.41 down to 2.17, which is also manylinux2014."""
    return [f"manylinux_2_{minor}_{machine}" for minor in range(41, 16, -1)] + [
        f"manylinux2014_{machine}"
    ]


def _abi(version: str) -> str:
    return "cp" + version.replace(".", "")


def _reason(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "; ".join(errors[-2:] or lines[-1:]) + f" (all of it: {log})"
