"""What everybody may fetch by FTP: a small archive with something of each kind.

The texts are in ``data/ftp`` as they appear on the node: a README, a folder with exactly
thirteen entries, and an atlas of five folders to walk through. Two more are made here: a
compressed patch, and a picture of more than a megabyte, large enough to watch its transfer. All
times are one fixed day, so that a listing looks the same on every computer and in every year.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from netplay.steps import File

__all__ = ["ROOT", "dark_frame", "files"]

ROOT = "/srv/ftp"
TEXTS = Path(__file__).with_name("data") / "ftp"
MODIFIED = 1_750_000_000.0  # 15 June 2025, 15:06:40 UTC
WIDTH, HEIGHT = 1280, 1024


def files() -> Iterator[File]:
    """The whole tree; folders come after what is in them, or their times would not stay."""
    folders = {""}
    for path in sorted(TEXTS.rglob("*")):
        name = path.relative_to(TEXTS).as_posix()
        if path.is_dir():
            folders.add(f"/{name}")
        elif path.name == "patch8":
            yield _file(f"/{name}.gz", gzipped(path.read_bytes()))
        else:
            yield _file(f"/{name}", path.read_bytes())
    yield _file("/pub/astronomy/dark-frame.fits", dark_frame())
    for folder in sorted(folders, reverse=True):
        yield File(path=f"{ROOT}{folder}", mode=0o755, modified=MODIFIED)


def gzipped(content: bytes) -> bytes:
    """*content* in gzip's format (RFC 1952), without a name or time in its header."""
    packer = zlib.compressobj(9, wbits=31)  # zlib.h: 16 more than a window of 15 means gzip
    return packer.compress(content) + packer.flush()


def dark_frame() -> bytes:
    """A picture in the format of astronomers: FITS standard 4.0, header and then pixels."""
    cards = (
        _card("SIMPLE", "T"),
        _card("BITPIX", 8),
        _card("NAXIS", 2),
        _card("NAXIS1", WIDTH),
        _card("NAXIS2", HEIGHT),
        f"{'OBJECT':8}= 'dark    '",
        "COMMENT Taken with the cap on: nothing but the noise of the sensor.",
        "END",
    )
    header = "".join(card.ljust(80) for card in cards)
    # Noise is what a hash makes, at 1 ms a megabyte; the number of ones in eight random bits
    # lies in a bell around four, as a sensor's counts do around their mean.
    counts = bytes(16 + value.bit_count() for value in range(256))
    pixels = hashlib.shake_128(b"dark").digest(WIDTH * HEIGHT).translate(counts)
    # §3.1: both parts are filled up to whole blocks, the header by blanks, the data by zeros.
    return _blocks(header.encode("ascii"), b" ") + _blocks(pixels, b"\0")


def _card(key: str, value: object) -> str:
    # §4.2: the value of a fixed-format card ends in column 30.
    return f"{key:8}= {value:>20}"


def _blocks(part: bytes, fill: bytes) -> bytes:
    return part + fill * (-len(part) % 2880)


def _file(path: str, content: bytes) -> File:
    return File(path=f"{ROOT}{path}", content=content, modified=MODIFIED)
