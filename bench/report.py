"""What every benchmark ends with: medians in a table, all figures in a file, and the machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

Runs = Mapping[str, Sequence[float]]


def arguments(description: str, rounds: int) -> argparse.ArgumentParser:
    """A parser with what all benchmarks take: how many rounds, and where to write everything."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "rounds", nargs="?", type=int, default=rounds, help="how often (%(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    return parser


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "user": "root" if os.geteuid() == 0 else "ordinary user",
        "load": round(os.getloadavg()[0], 1),
    }


def natural() -> dict[str, str]:
    """The environment in which programs are measured: Python may keep what it has compiled."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows with aligned columns: the first to the left, all others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([first, *(other.strip().rjust(len(other)) for other in others)]))
    return "\n".join(line.rstrip() for line in lines)


def figures(values: Sequence[float], unit: str = "s") -> list[str]:
    """Median, least, most and how many, as cells of a table; *unit* is "s", "ms" or another."""
    scale = 1000 if unit == "ms" else 1
    shown = [statistics.median(values), min(values), max(values)]
    return [*(_three_digits(value * scale) for value in shown), unit, str(len(values))]


def finish(name: str, runs: Runs, file: Path | None) -> None:
    """Prints the machine, and writes all figures to *file* if one is wanted."""
    facts = machine()
    print("\n" + ", ".join(f"{key} {value}" for key, value in facts.items()))
    if file is not None:
        medians = {what: statistics.median(values) for what, values in runs.items()}
        document = {"benchmark": name, "machine": facts, "medians": medians, "runs": dict(runs)}
        file.write_text(json.dumps(document, indent=2) + "\n")


def _three_digits(value: float) -> str:
    digits = 3 - len(str(int(value))) if value >= 1 else 3
    return f"{value:.{max(digits, 0)}f}"
