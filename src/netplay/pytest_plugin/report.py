"""What a lab tells about a test that failed: packets, sockets, programs, how to repeat it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from netplay.capture import to_text
from netplay.capture.ladder import Gap
from netplay.errors import LabError
from netplay.lab.capturing import Capture
from netplay.pytest_plugin.watched import WatchedLab, WatchedProcess

_MOST_LINES = 40  # of each program's output
_MOST_ROWS = 40  # of a ladder

Section = tuple[str, str]


def packets(lab: WatchedLab, item: pytest.Item, *, drawn: bool) -> Iterator[Section]:
    """Keeps the packets of a test in a file, and draws the last of them."""
    try:
        capture = lab.captured
        if drawn:
            yield "netplay: the last packets", _last_rows(capture)
        # Without it (-p no:cacheprovider) there is no place that outlives the run.
        cache = getattr(item.config, "cache", None)
        if cache is not None:
            name = re.sub(r"[^A-Za-z0-9_.-]+", "-", item.nodeid)[-150:]
            path = cache.mkdir("netplay") / f"{name}.pcapng"
            capture.save(path)
            item.user_properties.append(("netplay_pcap", str(path)))
            yield "netplay: all packets", str(path)
    except (LabError, OSError) as error:
        yield "netplay: the packets", f"cannot be shown: {error}"


def _last_rows(capture: Capture) -> str:
    journeys = capture.journeys
    picture = capture.picture(journeys=journeys[-_MOST_ROWS:])
    if not picture.rows:
        return "nothing was sent"
    if len(journeys) > _MOST_ROWS:
        gap = Gap(len(journeys) - _MOST_ROWS)
        picture = replace(picture, rows=(gap, *picture.rows))
    return to_text(picture, 100)


def sections(lab: WatchedLab, item: pytest.Item) -> Iterator[Section]:
    """Everything but the packets."""
    try:
        yield "netplay: who listens where", _listening(lab) or "nobody, anywhere"
    except LabError as error:
        yield "netplay: the lab", str(error)
        return
    yield from _programs(lab)
    seed = item.config.getoption("--netplay-seed")
    yield "netplay: once more", f"pytest '{item.nodeid}' --netplay-seed={seed}"
    if item.config.getoption("--netplay-keep"):
        words = [*(node.name for node in lab), "down"]
        lines = (f"netplay -n {lab.name} {word}" for word in words)
        yield "netplay: look inside", "\n".join(lines)


def _listening(lab: WatchedLab) -> str:
    """A line for each node that waits for something: ``b: 10.0.0.2 port 80/tcp 53/udp``."""
    lines = []
    for node in lab:
        ports: dict[str, list[tuple[int, str]]] = {}
        for s in node.listening():
            ports.setdefault(s.address, []).append((s.port, s.transport))
        if ports:
            lines.append(f"{node.name}: " + ", ".join(f"{a} {_at(p)}" for a, p in ports.items()))
    return "\n".join(lines)


def _at(ports: list[tuple[int, str]]) -> str:
    return "port " + " ".join(f"{port}/{transport}" for port, transport in sorted(ports))


def _programs(lab: WatchedLab) -> Iterator[Section]:
    for node, done in lab.history:
        yield _titled(node, done.argv, f"status {done.returncode}", done.stdout + done.stderr)
    told = {id(done.argv) for _, done in lab.history}  # by `run`, which starts a program too
    for program in lab.programs:
        said = program.last_words()
        if id(program.argv) not in told and (said or program.returncode is None):
            yield _titled(program.node, program.argv, _ending(program), said)


def _ending(program: WatchedProcess) -> str:
    if program.returncode is None and program.fileno() < 0:
        return "ended"  # by the test, which did not ask how
    status = program.poll()
    return "running" if status is None else f"status {status}"


def _titled(node: str, argv: tuple[str, ...], ending: str, text: str) -> Section:
    lines = text.splitlines()[-_MOST_LINES:]
    return f"netplay: {node}$ {' '.join(argv)} ({ending})", "\n".join(lines)
