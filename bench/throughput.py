"""How much the way from h1 to www carries: five hops and a NAT, beside one plain veth pair.

    python bench/throughput.py [ROUNDS] [--json FILE]

The pair is made with `ip` on a machine of the lab, between two new network namespaces, so both
measurements use the same kernel, the same iperf3 and the same two cores, in turn. Round trips are
those of `ping`, the median of a hundred.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from report import arguments, figures, finish, table

from netplay import Lab, LabError, Process, playground
from netplay.lab import Node

SECONDS = 3
WWW = "10.130.1.4"
HERE, THERE = "10.255.0.1", "10.255.0.2"


def main() -> None:
    options = arguments("throughput and round trips, five hops beside a veth pair", 5).parse_args()
    runs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="np-") as folder:
        os.environ["NETPLAY_RUN"] = folder
        with Lab(playground()) as lab, direct_pair(lab["h2"]) as (near, far):
            for number in range(options.rounds):
                print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
                ways = {
                    "one veth pair": ((lab["h2"], near), (lab["h2"], far), THERE),
                    "five hops, h1 to www": ((lab["h1"], ()), (lab["www"], ()), WWW),
                }
                for way, (client, server, address) in ways.items():
                    runs.setdefault(f"{way}: Gbit/s", []).append(gigabits(client, server, address))
                    runs.setdefault(f"{way}: round trip, ms", []).append(trip(client, address))
    rows = ([name, *figures(values, "")] for name, values in runs.items())
    print(table([["", "median", "min", "max", "", "n"], *rows]))
    pair, hops = (runs[name] for name in runs if name.endswith("Gbit/s"))
    ratios = [a / b for a, b in zip(hops, pair, strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"\nfive hops carry {statistics.median(ratios):.2f} ({spread}) of what one pair carries")
    finish("throughput", runs, options.json)


# A place to run a program: a machine, and what stands before the command there.
Place = tuple[Node, tuple[str, ...]]


@contextmanager
def direct_pair(node: Node) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Two network namespaces on *node* with one veth pair between them; how to enter each."""
    with _namespace(node) as near, _namespace(node) as far:
        node.run(
            *("ip", "link", "add", "near", "netns", near, "type", "veth"),
            *("peer", "name", "far", "netns", far),
            check=True,
        )
        ends = ((near, "near", HERE), (far, "far", THERE))
        for pid, name, address in ends:
            for words in (
                ("address", "add", f"{address}/30", "dev", name),
                ("link", "set", name, "up"),
            ):
                node.run(*_entering(pid), "ip", *words, check=True)
        yield _entering(near), _entering(far)


@contextmanager
def _namespace(node: Node) -> Iterator[str]:
    """A process with a network namespace of its own, as *node* numbers it."""
    with node.start("unshare", "--net", "sh", "-c", "echo $$; exec cat") as holder:
        yield _line(holder)


def _entering(pid: str) -> tuple[str, ...]:
    return ("nsenter", "--net", "--target", pid)


def gigabits(client: Place, server: Place, address: str) -> float:
    """What one TCP connection carries, as the receiver counts it."""
    (here, before), (there, before_there) = client, server
    with there.start(*before_there, "iperf3", "-s", "-1", "--forceflush") as listener:
        while "listening" not in _line(listener):
            pass
        words = ("iperf3", "--json", "-c", address, "-t", str(SECONDS))
        report = json.loads(here.run(*before, *words, check=True, timeout=60).stdout)
        with suppress(LabError):
            listener.wait(10)
    return float(report["end"]["sum_received"]["bits_per_second"]) / 1e9


def trip(client: Place, address: str) -> float:
    """Milliseconds there and back, the median of a hundred."""
    node, before = client
    words = ("ping", "-n", "-c", "100", "-i", "0.01", address)
    text = node.run(*before, *words, check=True, timeout=60).stdout
    return statistics.median(map(float, re.findall(r"time=([\d.]+)", text)))


def _line(process: Process) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        sys.exit(f"{' '.join(process.argv)} ended early")
    return line.decode().strip()


if __name__ == "__main__":
    main()
