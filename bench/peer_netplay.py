"""Builds `wires` with netplay, or the whole playground; says when the first ping was answered.

Started by ``peers.py``, which also says what is printed. The environment's ``BEGUN`` is the
monotonic clock (nanoseconds) just before this process began.
"""

import json
import os
import sys
import time

import wires

from netplay import Lab, Network, Topology


def network() -> Topology:
    """The same wires, and nothing on the machines."""
    net = Network("wires")
    routes: dict[str, list[str]] = {}
    for node, target, gateway in wires.ROUTES:
        routes.setdefault(node, []).append(f"{target} via {gateway}")
    for name in wires.HOSTS:
        net.host(name, routes=routes[name])
    for name in wires.ROUTERS:
        words = {"masquerade": "eth1"} if name in wires.MODEMS else {}
        net.router(name, routes=routes[name], **words)
    for name in wires.SWITCHES:
        net.switch(name)
    for a, b, at_a, at_b in wires.LINKS:
        net.link(a, b, ipv4=(at_a, at_b))
    return net.topology()


def main() -> None:
    if "--playground" in sys.argv:
        from netplay import playground

        topology = playground()
    else:
        topology = network()
    stages: dict[str, float] = {}
    called = time.monotonic_ns()
    lab = Lab(topology)
    lab.up(linger=False, progress=stages.__setitem__)
    tries = 1
    while lab[wires.FROM].run(wires.PING).returncode:
        tries += 1
    ready = time.monotonic_ns()
    lab.down()
    down = time.monotonic_ns()
    clocks = {
        "process": ready - int(os.environ["BEGUN"]),
        "call": ready - called,
        "down": down - ready,
        "network": int(stages["network"] * 1e9),
    }
    print(json.dumps([clocks, tries]))


main()
