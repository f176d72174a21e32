"""How exact and how fast bad links are, with the back end that this kernel gives.

    python bench/impairments.py [ROUNDS] [--json FILE]

The errors are those of one direction: both ends of a packet's way are sockets in this process, so
one clock tells both times. The first rows are the same without any impairment: what a packet
takes anyway, and what the computer's other work adds.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator

from report import arguments, figures, finish, table

from netplay import Lab, Network

DELAYS = (1, 10, 50, 200)  # milliseconds
PACKETS, EVERY = 300, 0.002  # of each stream, and seconds between two
SECONDS = 4  # of each connection, after one second of warming up

# Row, and what it should be at least (a rate) or at most (a time).
AIMS = {"median error at 50 ms": 0.001, "TCP, 100mbit delay 20ms": 90.0}


def main() -> None:
    options = arguments(__doc__ or "", 3).parse_args()
    runs: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="np-") as folder:
        os.environ["NETPLAY_RUN"] = folder
        with _network() as lab:
            for number in range(options.rounds):
                print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
                for row, value, unit in one_round(lab):
                    runs.setdefault(row, []).append(value)
                    units[row] = unit
            lab.fault("a", "b", delay="1ms")
            print(f"back end: {lab.faults()[0].forward.backend}\n")
    rows = [
        [row, *figures(values, units[row]), _of_aim(row, values)] for row, values in runs.items()
    ]
    print(table([["", "median", "min", "max", "", "n", "of aim"], *rows]))
    finish("impairments", runs, options.json)


def _of_aim(row: str, values: list[float]) -> str:
    return f"{statistics.median(values) / AIMS[row]:.0%}" if row in AIMS else ""


def _network() -> Lab:
    network = Network("impairments")
    network.host("a", sysctls={"net.ipv4.tcp_wmem": "4096 65536 67108864"})
    network.host("b", sysctls={"net.ipv4.tcp_rmem": "4096 131072 67108864"})
    network.link("a", "b")
    return Lab(network.topology())


def one_round(lab: Lab) -> Iterator[tuple[str, float, str]]:
    """Every figure once: name, value, unit."""
    yield from _errors(lab, 0)
    for delay in DELAYS:
        start = time.perf_counter()
        lab.fault("a", "b", delay=f"{delay}ms")
        yield "lab.fault()", time.perf_counter() - start, "ms"
        yield from _errors(lab, delay)
    lab.heal()
    for row, conditions in (
        ("TCP, nothing", {}),
        ("TCP, delay 20ms", {"delay": "20ms"}),
        ("TCP, 100mbit delay 20ms", {"rate": "100mbit", "delay": "20ms"}),
        ("TCP, loss 0.001%", {"loss": "0.001%"}),
    ):
        if conditions:
            lab.fault("a", "b", **conditions)
        yield row, _throughput(lab), "Mbit/s"
        lab.heal()
    lab.fault("a", "b", loss="0.001%")
    yield "64-byte packets that pass", _flood(lab), "1/s"
    lab.heal()


def _errors(lab: Lab, delay: int) -> Iterator[tuple[str, float, str]]:
    found = sorted(each - delay / 1000 for each in _under_way(lab))
    name = f"error at {delay} ms" if delay else "time without delay"
    yield f"median {name}", statistics.median(found), "ms"
    yield f"p99 {name}", found[len(found) * 99 // 100], "ms"


def _under_way(lab: Lab) -> list[float]:
    """How long each packet of a stream was under way from a to b."""
    found = []
    with (
        lab["a"].socket(type=socket.SOCK_DGRAM) as sending,
        lab["b"].socket(type=socket.SOCK_DGRAM) as receiving,
    ):
        receiving.bind((str(lab["b"].addresses[0]), 0))
        sending.connect(receiving.getsockname())
        sending.send(struct.pack("d", 0.0))  # ARP
        receiving.recv(8)
        start = time.monotonic()
        for number in range(PACKETS):
            _listen(receiving, found, start + number * EVERY)
            sending.send(struct.pack("d", time.monotonic()))
        _listen(receiving, found, time.monotonic() + 0.5)
    return found


def _listen(receiving: socket.socket, found: list[float], until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        receiving.settimeout(left)
        try:
            then = struct.unpack("d", receiving.recv(8))[0]
        except TimeoutError:
            return
        found.append(time.monotonic() - then)


def _throughput(lab: Lab) -> float:
    """Mbit/s that one TCP connection carries from a to b."""
    done = _iperf(lab, "-O", "1", "-t", str(SECONDS))
    return float(done["end"]["sum_received"]["bits_per_second"]) / 1e6


def _flood(lab: Lab) -> float:
    done = _iperf(lab, "-u", "-b", "0", "-l", "22", "-t", "2")["end"]["sum"]
    return (done["packets"] - done["lost_packets"]) / done["seconds"]


def _iperf(lab: Lab, *options: str) -> dict[str, dict[str, dict[str, float]]]:
    address = str(lab["b"].addresses[0])
    with lab["b"].start("iperf3", "-s", "-1", "--forceflush") as server:
        assert server.stdout is not None
        while b"Server listening" not in server.stdout.readline():
            pass
        done = lab["a"].run("iperf3", "-c", address, "-J", *options, timeout=60, check=True)
    found: dict[str, dict[str, dict[str, float]]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
