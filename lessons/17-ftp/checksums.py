"""Compare files with SHA256SUMS, as sha256sum(1) writes it: a digest and a name in each line.

It is not run by itself: mirror.py asks it.
"""

import hashlib
from pathlib import Path


def wrong(folder: Path) -> list[Path]:
    """The files in *folder* that are missing, or are not what its SHA256SUMS says."""
    sums = folder / "SHA256SUMS"
    lines = sums.read_text().splitlines() if sums.exists() else []
    pairs = (line.split(maxsplit=1) for line in lines)
    return [folder / name for digest, name in pairs if sha256(folder / name) != digest]


def sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
