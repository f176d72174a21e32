#!/usr/bin/env python3
"""Run a server, and measure on which of its lines the time goes by (Python 3.12 or newer).

    python3 line_times.py srv_single.py ''        then a client; then Ctrl-C

sys.monitoring calls us before each line of the programs in this folder. The time until the next
call belongs to the line before.
"""

import argparse
import linecache
import runpy
import sys
import time
from collections import Counter
from pathlib import Path
from types import CodeType
from typing import Any

monitoring: Any = getattr(sys, "monitoring", None)  # new in Python 3.12
HERE = Path(__file__).resolve().parent


class Clock:
    """Adds up seconds for each (file, line)."""

    def __init__(self) -> None:
        self.seconds: Counter[tuple[str, int]] = Counter()  # its values may be floats as well
        self.runs: Counter[tuple[str, int]] = Counter()
        self.here, self.since = ("", 0), time.perf_counter()

    def line(self, code: CodeType, number: int) -> Any:
        if Path(code.co_filename).parent != HERE:
            return monitoring.DISABLE  # never call again for this line
        now = time.perf_counter()
        self.seconds[self.here] += now - self.since  # type: ignore[assignment]
        self.here = (code.co_filename, number)
        self.runs[self.here] += 1
        self.since = time.perf_counter()
        return None

    def report(self, count: int) -> None:
        print(" seconds  times  line")
        for place, seconds in sorted(self.seconds.most_common(count)):
            text = linecache.getline(*place).strip()
            name = f"{Path(place[0]).name}:{place[1]}"
            print(f"{seconds:8.4f}  {self.runs[place]:5}  {name}  {text}")


def main(program: str, words: list[str], count: int) -> None:
    clock = Clock()
    monitoring.use_tool_id(monitoring.PROFILER_ID, "line_times")
    monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.LINE, clock.line)
    monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.LINE)
    sys.argv = [program, *words]
    try:
        runpy.run_path(str(HERE / program), run_name="__main__")
    finally:
        monitoring.set_events(monitoring.PROFILER_ID, 0)
        clock.seconds.pop(("", 0), None)
        clock.report(count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure where a server spends its time.")
    parser.add_argument("program", help="a program of this folder")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="what comes after its name")
    parser.add_argument("--top", metavar="N", type=int, default=5, help="lines to show (5)")
    args = parser.parse_args()
    if monitoring is None:
        sys.exit("sys.monitoring is new in Python 3.12")
    main(args.program, args.words, args.top)
