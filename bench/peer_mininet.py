"""Builds `wires` with Mininet and Linux bridges; says when the first ping was answered.

Started by ``peers.py``, which also says what is printed, with the Python that has Debian's
package ``mininet``. The environment's ``BEGUN`` is the monotonic clock (nanoseconds) just before
this process began.
"""

import json
import os
import time

import wires
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge

NAT = (
    "table ip nat { chain out { type nat hook postrouting priority 100; oifname %s masquerade; }; }"
)


def main():
    setLogLevel("error")
    called = time.monotonic_ns()
    net = Mininet(controller=None, switch=LinuxBridge)
    nodes = {name: net.addHost(name, ip=None) for name in (*wires.HOSTS, *wires.ROUTERS)}
    for number, name in enumerate(wires.SWITCHES, 1):
        # It would make the identity from a number in the name, and there is none.
        nodes[name] = net.addSwitch(name, dpid=str(number))
    for a, b, at_a, at_b in wires.LINKS:
        first, second = ({"ip": address} if address else {} for address in (at_a, at_b))
        net.addLink(nodes[a], nodes[b], params1=first, params2=second)
    net.start()
    for name in wires.ROUTERS:
        nodes[name].cmd("sysctl -w net.ipv4.ip_forward=1")
    for name, target, gateway in wires.ROUTES:
        nodes[name].cmd(f"ip route add {target} via {gateway}")
    for name in wires.MODEMS:
        nodes[name].cmd(f"nft '{NAT % f'{name}-eth1'}'")
    tries = 1
    while " 0% packet loss" not in nodes[wires.FROM].cmd(*wires.PING):
        tries += 1
    ready = time.monotonic_ns()
    net.stop()
    down = time.monotonic_ns()
    begun = int(os.environ["BEGUN"])
    clocks = {"process": ready - begun, "call": ready - called, "down": down - ready}
    print(json.dumps([clocks, tries]))


main()
