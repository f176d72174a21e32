"""A program on all machines at the same time, for ``netplay exec``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from netplay.cli.following import lines
from netplay.cli.options import attach
from netplay.cli.output import show_json, show_line
from netplay.cli.words import Program

_OFF, _FAILED = "is switched off", 125


def run(wanted: Program) -> int:
    """Runs it everywhere and shows what is said line by line; returns the highest status."""
    lab = attach(wanted.name)
    off = lab.switched_off()
    width = max((len(node.name) for node in lab), default=0)
    options = _options(wanted)
    with ExitStack() as stack:
        started = {
            node.name: stack.enter_context(node.start(*wanted.argv, **options))
            for node in lab
            if node.name not in off
        }
        for name in off:
            show_line(_OFF.encode(), f"{name:<{width}} | ", error=True)
        for name, line, is_error in lines(started):
            show_line(line, f"{name:<{width}} | ", error=is_error)
        statuses = [process.wait() for process in started.values()]
        return max(statuses + [_FAILED] * len(off), default=0)


def run_for_json(wanted: Program) -> int:
    """Runs it on one machine, or on all that are on, and shows all at the end."""
    lab = attach(wanted.name)
    off = [] if wanted.node else lab.switched_off()
    nodes = [lab[wanted.node]] if wanted.node else [node for node in lab if node.name not in off]
    with ThreadPoolExecutor(len(nodes) or 1) as pool:
        found = list(pool.map(lambda node: node.run(*wanted.argv, **_options(wanted)), nodes))
    said: list[tuple[str, int, str, str]] = [
        (n.name, d.returncode, d.stdout, d.stderr) for n, d in zip(nodes, found, strict=True)
    ]
    said += [(name, _FAILED, "", f"{_OFF}\n") for name in off]
    machines = {name: {"status": n, "stdout": out, "stderr": err} for name, n, out, err in said}
    show_json({"schema": 1, "lab": lab.name, "command": wanted.argv, "machines": machines})
    return max((status for _, status, _, _ in said), default=0)


def _options(wanted: Program) -> dict[str, Any]:
    return {"user": wanted.user, "cwd": wanted.workdir, "env": wanted.env}
