"""How fast the playground is: up, down, a command, and how much memory it takes.

    python bench/playground.py [ROUNDS] [--json FILE]

Each round is a whole life of the lab, so that what makes the computer slower for a while falls
on every figure alike. The last rows are a yardstick: what any Python process costs here.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from report import arguments, figures, finish, natural, table

from netplay import Lab, playground

# Row, unit, and what it should be at most.
ROWS: dict[str, tuple[str, float | None]] = {
    "network, file systems and NAT ready": ("s", 0.12),
    "every endpoint but httpbin answers": ("s", 0.6),
    "every endpoint answers": ("s", 1.0),
    "netplay up": ("s", 1.5),
    "netplay down": ("s", 0.15),
    "netplay h1 true": ("ms", 0.08),
    "node.run(['true'])": ("ms", 0.003),
    "lab.reset('mail')": ("s", None),
    "memory of everything (PSS)": ("MB", 180),
    "python -c pass": ("ms", None),
    "python -I -S -c pass": ("ms", None),
}
COMMANDS = 10  # in each round, of those that take milliseconds


def main() -> None:
    options = arguments(__doc__ or "", 5).parse_args()
    runs: dict[str, list[float]] = {row: [] for row in ROWS}
    with tempfile.TemporaryDirectory(prefix="np-") as folder:
        os.environ["NETPLAY_RUN"] = folder
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            for row, value in one_round():
                runs[row].append(value)
    print(table([["", "median", "min", "max", "", "n", "aim", "of aim"], *map(_row, runs.items())]))
    finish("playground", runs, options.json)


def one_round() -> Iterator[tuple[str, float]]:
    """Every figure once or some times, in one life of the playground in each of two ways."""
    yield from _in_this_process()
    yield "netplay up", seconds(lambda: _netplay("up"))
    for _ in range(COMMANDS):
        # In turn, so that all three meet the same minute.
        yield "netplay h1 true", seconds(lambda: _netplay("h1", "true"))
        yield "python -c pass", seconds(lambda: _process(sys.executable, "-c", "pass"))
        bare = (sys.executable, "-I", "-S", "-c", "pass")
        yield "python -I -S -c pass", seconds(lambda command=bare: _process(*command))
    yield "netplay down", seconds(lambda: _netplay("down"))


def _in_this_process() -> Iterator[tuple[str, float]]:
    stages: dict[str, float] = {}
    lab = Lab(playground())
    lab.up(progress=stages.__setitem__)
    try:
        yield "network, file systems and NAT ready", stages["files"]
        services = [s for node in lab.state()["nodes"].values() for s in node["services"]]
        # Each counts from its own start, and the last has been started by then.
        slowest = max(s["ready_after"] for s in services if s["name"] != "httpbin")
        yield "every endpoint but httpbin answers", stages["processes"] + slowest
        yield "every endpoint answers", stages["services"]
        node = lab["h1"]
        for _ in range(COMMANDS):
            yield "node.run(['true'])", seconds(lambda: node.run(["true"], check=True))
        state = lab.state(memory=True)
        used = sum(n["memory"] for n in state["nodes"].values()) + state["keeper_memory"]
        yield "memory of everything (PSS)", used / 1e6
        yield "lab.reset('mail')", seconds(lambda: lab.reset("mail"))
    finally:
        lab.down()


def seconds(work: Callable[[], object]) -> float:
    """How long *work* takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _netplay(*words: str) -> None:
    # The command as it is installed, not `-m`: that is what people type.
    _process(str(Path(sys.executable).with_name("netplay")), *words)


def _process(*command: str) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(command, check=True, stdin=nothing, stderr=nothing, env=natural())


def _row(item: tuple[str, Sequence[float]]) -> list[str]:
    row, values = item
    unit, aim = ROWS[row]
    if aim is None:
        return [row, *figures(values, unit), "", ""]
    shown = f"{aim * 1000:g} ms" if unit == "ms" else f"{aim:g} {unit}"
    return [row, *figures(values, unit), shown, f"{statistics.median(values) / aim:.0%}"]


if __name__ == "__main__":
    main()
