"""``netplay schedule``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import nearest_file, say
from netplay.errors import LabError


@click.command("schedule")
@click.argument("file")
@click.option("--seed", type=int, metavar="N", help="For every entry that has none of its own.")
@name_option
def command(file: str, seed: int | None, name: str | None) -> None:
    """Let outages happen over time, as a file says.

    \b
    - {at: 0s, link: h1 modemA, delay: 50ms}
    - {at: 5s, for: 2s, cut: h1 modemA}
    - {at: 9s, for: 3s, partition: h1 | www}

    It runs until the last has happened. Ctrl-C ends it, and with it what was to be for a time.
    """
    from netplay.lab.schedule import Run, read

    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LabError(f"there is no file '{file}'{nearest_file(file)}") from None
    lab = attach(name)
    events = read(text, file, lab.topology)
    if seed is not None:
        events = tuple(replace(e, seed=seed) if e.seed is None else e for e in events)
    start = time.monotonic()

    def wait(moment: float) -> None:
        time.sleep(max(0.0, start + moment - time.monotonic()))

    def note(moment: float, what: str) -> None:
        say(f"{moment:8.1f} s  {what}")

    Run(lab, events, wait, note)()
