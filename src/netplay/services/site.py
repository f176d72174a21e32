"""The pages of the web server itself: a front page, a story, a list of the machines, a picture.

The list is drawn from the topology, as a table and as JSON, so a program that scrapes the one
can be checked against the other. Learners may put files of their own into ROOT.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

from netplay.model import Node
from netplay.services.service import Context, File

__all__ = ["ROOT", "files"]

ROOT = "/var/www/html"
_PAGES = Path(__file__).with_name("data") / "site"


def files(context: Context) -> Iterator[File]:
    """All of the site's files."""
    host = context.node.hostname
    machines = [_described(node) for node in context.topology.computers]
    yield File(path=f"{ROOT}/index.html", content=_page("index.html", host=host))
    yield File(path=f"{ROOT}/site/journey.html", content=_page("journey.html", host=host))
    yield File(path=f"{ROOT}/site/style.css", content=_page("style.css"))
    rows = "\n".join(_row(machine) for machine in machines)
    yield File(path=f"{ROOT}/site/machines.html", content=_page("machines.html", rows=rows))
    document = json.dumps({"lab": context.topology.name, "machines": machines}, indent=2)
    yield File(path=f"{ROOT}/site/machines.json", content=document + "\n")
    yield File(path=f"{ROOT}/site/rings.png", content=rings())


def _page(name: str, **values: str) -> str:
    text = (_PAGES / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _described(node: Node) -> dict[str, object]:
    return {
        "name": node.name,
        "role": str(node.role),
        "addresses": [str(address) for address in node.addresses],
        "services": [use.name for use in node.services],
    }


def _row(machine: dict[str, object]) -> str:
    cells = (
        "<br>".join(escape(str(part)) for part in value)
        if isinstance(value, list)
        else escape(str(value))
        for value in machine.values()
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


@cache
def rings(size: int = 96) -> bytes:
    """Rings like those around a stone in water: a PNG image (RFC 2083), drawn, not stored."""
    centre = (size - 1) / 2
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # §6: this row is not filtered
        for x in range(size):
            squared = (x - centre) ** 2 + (y - centre) ** 2
            rows.append(int(squared / 90) % 4 if squared < centre * centre else 4)
    palette = bytes.fromhex("2a6f97 468faf 61a5c2 a9d6e5 ffffff")
    # §4.1.1: width, height, 8 bits a pixel, colours from a palette; and the last is clear.
    header = struct.pack("!IIBBBBB", size, size, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"tRNS", b"\xff\xff\xff\xff\x00"),
        (b"IDAT", zlib.compress(bytes(rows), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    # §3.2: length, type, data, and a checksum over the last two.
    checksum = zlib.crc32(kind + content)
    return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", checksum)
