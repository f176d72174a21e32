"""The same wires by netplay and by Mininet, in turn: from nothing to the first answered ping.

    python bench/peers.py [ROUNDS] [--install] [--json FILE]

What is compared is `wires`: twelve machines, five hops from h1 to www, NAT at two modems. All
clocks stop when `ping` on h1 has its first answer from www. One, "process", starts before the
program does, so that the tool's imports count; one, "call", where the program asks the tool for
the network. Then "down" is how long the tool takes to say that all is gone, and "network" when
netplay's wires are there, counted from the first of them. A third group is netplay's whole
playground: such wires, a file system for each machine, every daemon answering.

Debian's Mininet runs in Debian's Python. For a fair comparison netplay should, too: run this in an
environment made by /usr/bin/python3, as `./play` makes it on a Debian.

Needs root, for Mininet does. It is Debian's package (``--install`` gets it by apt-get, with
what it calls and does not ask for), and each run of either tool gets namespaces of its own, for
Mininet names its interfaces, and changes settings, as if the computer were its alone. Between two
runs the kernel is given the time to clear up behind the first.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import arguments, figures, finish, natural, table

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = (
    "mininet",
    "bridge-utils",
    "iputils-ping",
    "iproute2",
    "nftables",
    "procps",
    "util-linux",
)
SECONDS = 120
CLOCKS = ("process", "call", "down")

# All that a run starts ends with it, for it is process 1's. The clock starts behind all this.
PEN = (
    *("unshare", "--net", "--pid", "--mount", "--ipc", "--uts", "--fork", "--mount-proc"),
    *("--kill-child", "sh", "-ec"),
)
# A computer has an interface besides its loopback, and so has a pen. Without one, both ends of
# Mininet's first link would be number 2, each in its namespace, and the kernel would report that
# link a second late (linkwatch_urgent_event in net/core/link_watch.c).
READY = 'ip link set lo up; ip link add eth0 type bridge; echo; read BEGUN; export BEGUN; exec "$@"'
# Mininet raises limits of the whole computer when it starts. Here it may change the network's
# only, which are those of its own namespace.
FENCE = """\
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
"""

# The kernel removes network namespaces later, in one thread, in their order: when the last one's
# end of a cable has gone, with it the other, all that ended before has been removed.
SETTLE = """\
mount -t tmpfs none /run; mkdir /run/netns; ip netns add last
ip link add here type veth peer name there netns last; ip netns delete last
while ip link show here >/dev/null 2>&1; do :; done
"""

# What is done before the clock starts, and the command.
PEERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Mininet, wires": (FENCE, (SYSTEM_PYTHON, str(HERE / "peer_mininet.py"))),
    "netplay, wires": ("", (sys.executable, str(HERE / "peer_netplay.py"))),
    "netplay, the whole playground": (
        "",
        (sys.executable, str(HERE / "peer_netplay.py"), "--playground"),
    ),
}
RIVAL, OURS, WHOLE = PEERS


def main() -> None:
    parser = arguments("netplay beside Mininet", 5)
    parser.add_argument("--install", action="store_true", help="apt-get what Mininet needs")
    options = parser.parse_args()
    if os.geteuid():
        sys.exit("Mininet needs root, so this comparison does too")
    if options.install:
        subprocess.run(
            ("apt-get", "install", "-y", "--no-install-recommends", *PACKAGES), check=True
        )
    if subprocess.run(
        (SYSTEM_PYTHON, "-c", "import mininet"), stderr=subprocess.DEVNULL
    ).returncode:
        sys.exit("Mininet is not installed; try: python bench/peers.py --install")
    runs: dict[str, list[float]] = {}
    lost = dict.fromkeys(PEERS, 0)
    for number in range(options.rounds):
        for peer, (before, command) in PEERS.items():
            print(f"round {number + 1} of {options.rounds}: {peer}", file=sys.stderr)
            found, tries = one_run(before, command)
            for clock, nanoseconds in found.items():
                runs.setdefault(f"{peer}: {clock}", []).append(nanoseconds / 1e9)
            lost[peer] += tries - 1
    print(
        table([["", "median", "min", "max", "", "n"], *([k, *figures(v)] for k, v in runs.items())])
    )
    print()
    for ours in (OURS, WHOLE):
        for clock in CLOCKS:
            print(f"{clock}: Mininet takes {ratio(runs, ours, clock)} times as long as {ours}")
    print(
        "pings lost before the first answer: "
        + ", ".join(f"{peer} {count}" for peer, count in lost.items())
    )
    finish("peers", runs, options.json)


def one_run(before: str, command: tuple[str, ...]) -> tuple[dict[str, int], int]:
    """One life of one network in namespaces of its own: nanoseconds by each clock, pings needed."""
    subprocess.run(("unshare", "--net", "--mount", "sh", "-ec", SETTLE), check=True)
    with tempfile.TemporaryDirectory(prefix="np-") as folder:
        pen = (*PEN, before + READY, "pen", *command)
        environment = {**natural(), "NETPLAY_RUN": folder}
        pipe = subprocess.PIPE
        with subprocess.Popen(pen, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            answer, _ = process.communicate(f"{time.monotonic_ns()}\n", timeout=SECONDS)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    clocks, tries = json.loads(answer)
    return clocks, tries


def ratio(runs: dict[str, list[float]], ours: str, clock: str) -> str:
    """How many times longer Mininet takes: the median of the rounds, and their range.

    Round by round, since both have then met the same minute of this computer.
    """
    pairs = zip(runs[f"{RIVAL}: {clock}"], runs[f"{ours}: {clock}"], strict=True)
    ratios = [rival / own for rival, own in pairs]
    return f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


if __name__ == "__main__":
    main()
