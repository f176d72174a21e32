"""What is so on the nodes at this moment, as they tell it: routes, links, filters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netplay.capture.names import segments_of
from netplay.lab import faults
from netplay.model import Address, Endpoint, Topology
from netplay.structs import Frozen

if TYPE_CHECKING:
    from netplay.lab.lab import Lab

# What `ip route get` says, and what it means.
_ROUTE_ERRORS = {
    "Network is unreachable": "has no route to",
    "Network unreachable": "has no route to",
    "No route to host": "has a route of type 'unreachable' for",
    "Permission denied": "has a route of type 'prohibit' for",
    "Invalid argument": "has a route of type 'blackhole' for",
}


class Way(Frozen):
    """Where a node would send a packet; ``trouble`` is why it would not, or empty."""

    device: str = ""
    gateway: str = ""
    trouble: str = ""


class Facts:
    """The nodes of a lab, asked when it matters."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.topology: Topology = lab.topology
        self._segments = segments_of(lab.topology)

    def way(self, node: str, target: Address) -> Way:
        """The route of *node* to *target*."""
        done = self._lab[node].run("ip", "-j", "route", "get", str(target))
        if done.returncode:
            said = done.stderr.strip().rpartition("answers: ")[2].splitlines() or ["no answer"]
            words = _ROUTE_ERRORS.get(said[0], f"cannot route ({said[0]}) to")
            return Way(trouble=f"{node} {words} {target}")
        route = json.loads(done.stdout)[0]
        return Way(str(route.get("dev", "")), str(route.get("gateway", "")))

    def owner(self, address: Address, near: Endpoint | None = None) -> str | None:
        """The node that the topology gives *address* to; of several, the one on the same link."""
        owners = [node.name for node in self.topology.computers if address in node.addresses]
        beside = {end.node for end in self.beside(near)} if near else set()
        return next((name for name in owners if name in beside), owners[0] if owners else None)

    def beside(self, end: Endpoint) -> Iterator[Endpoint]:
        """The other interfaces on the link of *end*, through switches."""
        for segment in self._segments:
            if end in segment:
                yield from sorted(segment - {end}, key=str)

    def is_for(self, node: str, mac: str) -> bool:
        """Whether a frame to *mac* is for *node*: a switch sends to all what it does not know."""
        if int(mac[:2], 16) & 1:
            return True
        for other in self.topology.computers:
            if any(interface.mac == mac for interface in other.interfaces):
                return other.name == node
        rows = self._json(node, "ip", "-j", "link", "show")
        return any(row.get("address") == mac for row in rows)

    def link_trouble(self, node: str, device: str) -> str:
        """Why nothing passes an interface, or nothing."""
        if self.is_off(node):
            return f"{node} is switched off"
        found = self._json(node, "ip", "-j", "link", "show", "dev", device)
        flags = found[0]["flags"] if found else None
        if flags is None:
            return f"{node} has no interface {device}"
        if "UP" not in flags:
            return f"the interface {device} of {node} is switched off"
        if "LOWER_UP" in flags:
            return ""
        end = Endpoint(node, device)
        for fault in faults.faults(self._lab):
            if end in (fault.link.a, fault.link.b) and (trouble := _no_carrier(fault)):
                return trouble
        return f"{node} has no carrier at {device}: the other end is switched off"

    def is_off(self, node: str) -> bool:
        """Whether *node* is switched off."""
        return node in self._lab.switched_off()

    def down(self, node: str) -> str:
        """The first trouble with any interface of *node* that the topology has, or nothing."""
        for interface in self.topology[node].interfaces:
            if trouble := self.link_trouble(node, interface.name):
                return trouble
        return ""

    def has(self, node: str, address: Address) -> bool:
        """Whether *node* has *address* at this moment."""
        rows = self._json(node, "ip", "-j", "address", "show")
        return any(each["local"] == str(address) for row in rows for each in row["addr_info"])

    def forwards(self, node: str, version: int) -> bool:
        """Whether *node* passes on packets that are not for it."""
        name = "ip_forward" if version == 4 else "conf/all/forwarding"
        path = f"/proc/sys/net/ipv{version}/{name}"
        return self._lab[node].run("cat", path).stdout.strip() != "0"

    def rules(self, node: str) -> list[str]:
        """The rules of *node*'s packet filter that throw something away."""
        lines = self._lab[node].run("nft", "list", "ruleset").stdout.splitlines()
        return [line.strip() for line in lines if "drop" in line or "reject" in line]

    def listening(self, node: str, transport: str, port: int) -> list[str]:
        """The addresses on which somebody waits at *port*."""
        return [
            each.address
            for each in self._lab[node].listening()
            if (each.transport, each.port) == (transport, port)
        ]

    def wire_trouble(self, end: Endpoint) -> str:
        """What is known to be wrong with the cable at *end*, or nothing."""
        for fault in faults.faults(self._lab):
            if end in (fault.link.a, fault.link.b):
                if trouble := _no_carrier(fault):
                    return trouble
                way = fault.forward if end == fault.link.a else fault.backward
                if way.impairment.loss:
                    return f"'{fault.link.name}' loses {way.impairment.loss:.0%} of its packets"
        return ""

    def partition_trouble(self) -> str:
        """Which groups of machines are kept apart, or nothing."""
        groups = faults.partitioned(self._lab)
        apart = " | ".join(" ".join(group) for group in groups)
        return f"a partition keeps {apart} apart" if groups else ""

    def _json(self, node: str, *argv: str) -> Any:
        done = self._lab[node].run(*argv)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else []


def _no_carrier(fault: faults.Fault) -> str:
    """Why a link carries nothing at all, or nothing."""
    if fault.cut:
        return f"the cable '{fault.link.name}' is cut"
    verb = "is" if len(fault.off) == 1 else "are"
    return f"{' and '.join(fault.off)} {verb} switched off" if fault.off else ""
