"""What runs in the virtual machine, as its first process: the keeper's own code on a kernel with
netem. It measures, prints one line of JSON, and switches the machine off.

``netplay.plan`` makes the steps of a small network, ``kernel`` lays it, ``keeper.cables`` makes it
worse: all as in a lab, without the keeper's loop and without nodes' file systems. What it
should have measured is said in ``test_netem.py``.
"""

from __future__ import annotations

import ctypes
import faulthandler
import hashlib  # noqa: F401  # direction_seeds wants it, and only then
import json
import os
import socket
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_interface
from types import SimpleNamespace
from typing import Any

from netplay.cables import CLEAN, Conditions, Impair
from netplay.keeper.cables import Cables
from netplay.keeper.loop import Loop
from netplay.kernel import libc, nftables, qdisc
from netplay.kernel.network import Network
from netplay.model import Endpoint, Interface, Link, Node, Role, Topology
from netplay.plan.impairing import direction_seeds
from netplay.plan.network import network_steps
from netplay.plan.panel import panel
from netplay.plan.partition import partition_ruleset

MARK = "MEASURED "
MODULES = "/modules"
_SYS_INIT_MODULE = 175  # x86-64


def network() -> Topology:
    """a and b on a cable; c and d on a switch."""
    return Topology(
        name="vm",
        nodes=(
            *(_node(name, number) for number, name in enumerate("abcd", start=1)),
            Node(name="lan", role=Role.SWITCH),
        ),
        links=(_link("a", "b"), _link("c", "lan:1"), _link("lan:2", "d")),
    )


def _node(name: str, number: int) -> Node:
    address = ip_interface(f"10.0.0.{number}/24")
    card = Interface(name="eth0", mac=f"02:00:00:00:00:0{number}", addresses=(address,))
    return Node(name=name, interfaces=(card,))


def _link(a: str, b: str) -> Link:
    ends = [Endpoint(*(name + ":eth0").split(":")[:2]) for name in (a, b)]
    return Link(a=ends[0], b=ends[1])


class Bench:
    """The network, and what is measured on it."""

    def __init__(self) -> None:
        self.topology = network()
        self.board = panel(self.topology)
        self.network = Network()
        self.network.apply(list(network_steps(self.topology)))
        self.cables = Cables(self.network, Loop())

    def impair(self, number: int, forward: Conditions, *, seed: int = 1, **more: bool) -> None:
        """Sets what is wrong with link *number* from its a to its b."""
        link = self.topology.links[number]
        order = Impair(
            link=link.name,
            cable=self.board.cable(link),
            forward=forward,
            backward=CLEAN,
            seed=seed,
            seeds=direction_seeds(seed, link),
        )
        self.cables.impair(order, **more)

    @contextmanager
    def sockets(self, source: str, target: str) -> Iterator[SimpleNamespace]:
        """Two UDP sockets that know each other's MAC address."""
        address = f"10.0.0.{ord(target) - ord('a') + 1}"
        kind = (socket.AF_INET, socket.SOCK_DGRAM, 0)
        with (
            self.network.socket(source, *kind) as sending,
            self.network.socket(target, *kind) as receiving,
        ):
            receiving.bind((address, 7))
            receiving.settimeout(5)
            sending.connect((address, 7))
            sending.send(b"hello")
            receiving.recv(100)
            yield SimpleNamespace(sending=sending, receiving=receiving)

    def stream(
        self, pair: SimpleNamespace, count: int, *, size: int = 100, patience: float = 0.3
    ) -> list[tuple[int, float]]:
        """Sends *count* numbered packets at once: what arrived, after how many seconds."""
        for number in range(count):
            text = struct.pack("=Qd", number, time.monotonic())
            pair.sending.send(text.ljust(size, b"."))
        pair.receiving.settimeout(patience)
        found = []
        while True:
            try:
                data = pair.receiving.recv(2000)
            except TimeoutError:
                return found
            number, then = struct.unpack_from("=Qd", data)
            found.append((number, time.monotonic() - then))


# ---------------------------------------------------------------- measurements


def backend(bench: Bench) -> Any:
    bench.impair(0, Conditions(delay=0.001))
    state = bench.cables.state()["links"]["a:eth0 b:eth0"]["forward"]
    kept = bench.cables._kernel
    bench.impair(0, CLEAN)
    return {"name": state["backend"], "seeded": kept is not None and kept.seeded}


def delay(bench: Bench) -> Any:
    with bench.sockets("a", "b") as pair, bench.sockets("b", "a") as back:
        bench.impair(0, Conditions(delay=0.05))
        there = sorted(seconds for _, seconds in bench.stream(pair, 20))
        here = sorted(seconds for _, seconds in bench.stream(back, 20))
        bench.impair(0, CLEAN)
        after = sorted(seconds for _, seconds in bench.stream(pair, 20))
    return [found[len(found) // 2] for found in (there, here, after)]


def options(bench: Bench) -> Any:
    asked = Conditions(delay=0.05, jitter=0.005, reorder=0.02, corrupt=0.5)
    bench.impair(0, asked, seed=3)
    target = bench.board.cable(bench.topology.links[0]).b.index
    shown = qdisc.shown(target)
    bench.impair(0, CLEAN)
    return {
        "latency": struct.unpack("q", shown[10])[0],
        "jitter": struct.unpack("q", shown[11])[0],
        "seed": struct.unpack("Q", shown[14])[0],
        "asked": direction_seeds(3, bench.topology.links[0])[0],
        "healed": len(qdisc.shown(target)),
    }


def loss(bench: Bench) -> Any:
    found = []
    with bench.sockets("a", "b") as pair:
        for seed in (5, 5, 6):
            bench.impair(0, Conditions(loss=0.1), seed=seed, reseed=True, exactly=True)
            found.append([number for number, _ in bench.stream(pair, 150)])
        bench.impair(0, CLEAN)
    return found


def rate(bench: Bench) -> Any:
    with bench.sockets("a", "b") as pair:
        # 958 bytes and headers: 1000 bytes on the wire, 8 ms each
        bench.impair(0, Conditions(rate=1_000_000, delay=0.02))
        slow = bench.stream(pair, 5, size=958)
        bench.impair(0, Conditions(rate=1_000_000, queue=3))
        few = bench.stream(pair, 20, size=958)
        bench.impair(0, Conditions(rate=1_000_000, duplicate=1.0))
        twice = bench.stream(pair, 5, size=958)
        bench.impair(0, Conditions(delay=0.001))
        fast = bench.stream(pair, 20, size=958)
        bench.impair(0, CLEAN)
    return {
        "slow": [seconds for _, seconds in slow],
        "few": [number for number, _ in few],
        "twice": [number for number, _ in twice],
        "fast": len(fast),
    }


def damage(bench: Bench) -> Any:
    with bench.sockets("a", "b") as pair:
        bench.impair(0, Conditions(corrupt=1.0))
        found = bench.stream(pair, 20, size=1000)
        bench.impair(0, CLEAN)
    return len(found)


def switch(bench: Bench) -> Any:
    """c's cable to the switch: spliced, and plugged in again."""
    with bench.sockets("c", "d") as pair:
        bench.impair(1, Conditions(delay=0.03))
        slow = bench.stream(pair, 5)
        bench.impair(1, CLEAN)
        fast = bench.stream(pair, 5)
    return [[seconds for _, seconds in found] for found in (slow, fast)]


def cut(bench: Bench) -> Any:
    link = bench.topology.links[0]
    cable = bench.board.cable(link)
    found = []
    with bench.sockets("a", "b") as pair:
        bench.impair(0, Conditions(delay=0.01))
        bench.cables.cut(link.name, cable)
        found.append(len(bench.stream(pair, 5)))
        bench.cables.mend(link.name, cable)
        found.append(_until_something_comes(bench, pair))
        bench.impair(0, CLEAN)
    return found


def partition(bench: Bench) -> Any:
    apart = [["c"], ["d"]]
    found = []
    with bench.sockets("c", "d") as pair:
        bench.cables.partition(apart, partition_ruleset(bench.topology, bench.board, apart))
        found.append(len(bench.stream(pair, 5)))
        bench.cables.partition([], "")
        found.append(len(bench.stream(pair, 5)))
    return found


def _until_something_comes(bench: Bench, pair: SimpleNamespace) -> int:
    """Sends until the node has noticed that it has a carrier again."""
    deadline = time.monotonic() + 10
    while not (found := bench.stream(pair, 1)) and time.monotonic() < deadline:
        pass
    return len(found)


MEASUREMENTS = (backend, delay, options, loss, rate, damage, switch, cut, partition)


def main() -> None:
    """The life of the machine. One that hangs says where, and ends."""
    faulthandler.dump_traceback_later(60, exit=True)
    for kind, place in (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")):
        os.makedirs(place, exist_ok=True)
        libc.mount(kind, place, kind)
    try:
        _load_modules()
        bench = Bench()
        found = {}
        for measure in MEASUREMENTS:
            found[measure.__name__] = measure(bench)
        print(MARK + json.dumps(found), flush=True)
    except BaseException:
        traceback.print_exc()
    with open("/proc/sysrq-trigger", "w") as trigger:
        trigger.write("b")


def _load_modules() -> None:
    for name in sorted(os.listdir(MODULES)):
        with open(f"{MODULES}/{name}", "rb") as file:
            image = file.read()
        if ctypes.CDLL(None).syscall(_SYS_INIT_MODULE, image, ctypes.c_ulong(len(image)), b""):
            raise OSError(f"the kernel does not take {name}")


def needed() -> list[str]:
    """Every file that this program needs, itself included."""
    nftables.library()
    modules = {getattr(module, "__file__", None) for module in sys.modules.values()}
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[-1].strip() for line in maps if "/" in line}
    files = {name for name in modules | mapped if name and os.path.isfile(name)}
    return sorted(name for name in files if not name.endswith((".cache", "locale-archive")))


if __name__ == "__main__":
    if sys.argv[1:] == ["needed"]:
        print(json.dumps(needed()))
    else:
        main()
