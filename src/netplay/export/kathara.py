"""Kathará's labs (and Netkit's before them): a folder becomes a topology.

``lab.conf`` says who is on which collision domain; ``NAME.startup`` is a shell script that gives
addresses and routes and starts daemons. Simple lines of it are understood, so that the addresses
get names and stand on the map; the others stay commands. A script with loops or functions is run
as it is, from the folder, which every device sees at /hostlab, as with Kathará.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from ipaddress import ip_interface
from pathlib import Path

from netplay.compiler import Network
from netplay.compiler.build import ComputerWords
from netplay.errors import Problem, TopologyError
from netplay.model import Topology

_LINE = re.compile(r"""\s*(?P<device>[A-Za-z0-9_]+)\[(?P<key>\w+)\]\s*=\s*(?P<value>.*)""")
_META = re.compile(r"""\s*(?P<key>LAB_[A-Z]+)\s*=\s*(?P<value>.*)""")
_SHELL = re.compile(
    r"^\s*(if|for|while|until|case|function|\w+\s*\(\))\b|<<|\\$|^\s*\w+=\S*\s*$", re.MULTILINE
)
_ADDRESS = re.compile(r"ip\s+(?:-[46]\s+)?a(?:ddr(?:ess)?)?\s+add\s+(\S+)\s+dev\s+(\S+)")
_IFCONFIG = re.compile(
    r"(?:/sbin/)?ifconfig\s+(\S+)\s+(?:inet6\s+)?(?:add\s+)?([0-9a-fA-F.:]+(?:/\d+)?)"
    r"(?:\s+netmask\s+([0-9.]+))?(?:\s+broadcast\s+\S+)?(?:\s+up)?"
)
_UP = re.compile(r"(?:ip\s+link\s+set\s+(?:dev\s+)?\S+\s+up|(?:/sbin/)?ifconfig\s+\S+\s+up)")
_ROUTE = re.compile(r"ip\s+(?:-[46]\s+)?r(?:oute)?\s+add\s+(.+)")
_OLD_ROUTE = re.compile(r"(?:/sbin/)?route\s+add\s+default\s+gw\s+(\S+)(?:\s+dev\s+\S+)?")


@dataclass(slots=True)
class _Device:
    domains: dict[int, tuple[str, str]] = field(default_factory=dict)  # number → domain, MAC
    addresses: dict[str, list[str]] = field(default_factory=dict)
    routes: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def import_kathara(folder: str | Path) -> Topology:
    """The topology of the lab in *folder*; TopologyError if ``lab.conf`` cannot be understood."""
    root = Path(folder).resolve()
    devices, name = _read_conf(root / "lab.conf")
    for device_name, device in devices.items():
        for script in ("shared.startup", f"{device_name}.startup"):
            if (root / script).is_file():
                _read_startup(device, script, (root / script).read_text(encoding="utf-8"))
    network = Network(name or root.name)
    for device_name, device in devices.items():
        _add(network, device_name, device, root)
    _link(network, devices)
    topology = network.topology()
    return replace(topology, warnings=(*topology.warnings, *_warnings(devices)))


def _read_conf(path: Path) -> tuple[dict[str, _Device], str]:
    devices: dict[str, _Device] = {}
    name = ""
    problems = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = text.split("#", 1)[0].strip()
        if not line:
            continue
        if match := _META.fullmatch(line):
            name = _unquoted(match["value"]) if match["key"] == "LAB_NAME" else name
        elif match := _LINE.fullmatch(line):
            message = _set(devices.setdefault(match["device"], _Device()), match)
            if message:
                problems.append(Problem("", message, file=str(path), line=number))
        else:
            message = f"'{line}' is not a line as in 'pc1[0]=\"A\"'"
            problems.append(Problem("", message, file=str(path), line=number))
    if not devices and not problems:
        problems.append(Problem("", "no device is described", file=str(path)))
    if problems:
        raise TopologyError(problems)
    return devices, re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")


def _set(device: _Device, match: re.Match[str]) -> str | None:
    """Take one line of ``lab.conf``; what is wrong with it, if anything."""
    key, value = match["key"], _unquoted(match["value"])
    if not key.isdecimal():
        if key == "exec":
            device.commands.append(value)
        else:
            device.unused.append(key)
        return None
    domain, _, mac = value.partition("/")
    if not re.fullmatch(r"\w+", domain):
        return f"'{value}' is not a collision domain"
    if int(key) in device.domains:
        return f"{match['device']}[{key}] is given twice"
    device.domains[int(key)] = domain, mac
    return None


def _unquoted(text: str) -> str:
    return " ".join(shlex.split(text))


def _read_startup(device: _Device, name: str, script: str) -> None:
    """Take what the script says; its lines run in their order, after addresses and routes."""
    if _SHELL.search(script):
        device.commands.append(f"sh /hostlab/{name}")
        return
    for line in (line.strip() for line in script.splitlines()):
        if not line or line.startswith("#") or _UP.fullmatch(line):
            continue
        if (given := _address(line)) is not None:
            interface, address = given
            device.addresses.setdefault(interface, []).append(address)
        elif match := _OLD_ROUTE.fullmatch(line):
            device.routes.append(f"default via {match[1]}")
        elif (match := _ROUTE.fullmatch(line)) and _is_simple(match[1]):
            device.routes.append(match[1])
        else:
            device.commands.append(line)


def _address(line: str) -> tuple[str, str] | None:
    """Interface and address, if *line* gives one."""
    if match := _ADDRESS.fullmatch(line):
        interface, address, mask = match[2], match[1], None
    elif match := _IFCONFIG.fullmatch(line):
        interface, address, mask = match[1], match[2], match[3]
    else:
        return None
    text = address if "/" in address else f"{address}/{mask or (64 if ':' in address else 24)}"
    try:
        return interface, str(ip_interface(text))
    except ValueError:
        return None


def _is_simple(route: str) -> bool:
    """Whether the words are those that a topology file has for a route."""
    from netplay.compiler import words

    try:
        words.route(route)
    except ValueError:
        return False
    return True


def _add(network: Network, name: str, device: _Device, root: Path) -> None:
    binds = [f"{root}:/hostlab:ro"]
    if (root / "shared").is_dir():
        binds.append(f"{root / 'shared'}:/shared")
    own = root / name
    files = sorted(path for path in own.rglob("*") if path.is_file()) if own.is_dir() else []
    binds += [f"{path}:/{path.relative_to(own)}" for path in files]
    said: ComputerWords = {"binds": binds, "commands": device.commands}
    addresses = {f"eth{n}": device.addresses.get(f"eth{n}", []) for n in device.domains}
    # A script that is run as it is gives what it gives; nothing is added to it.
    by_script = any(command.startswith("sh /hostlab/") for command in device.commands)
    if by_script or any(addresses.values()):
        said["addresses"] = addresses
        said["routes"] = device.routes
    if len(device.domains) > 1:
        network.router(name, **said)
    else:
        network.host(name, **said)


def _link(network: Network, devices: dict[str, _Device]) -> None:
    """A domain of two is a cable; any other is a switch."""
    members: dict[str, list[tuple[str, str]]] = {}
    for name, device in devices.items():
        for number, (domain, mac) in sorted(device.domains.items()):
            members.setdefault(domain, []).append((f"{name}:eth{number}", mac))
    for domain, ends in members.items():
        if len(ends) == 2:
            (a, a_mac), (b, b_mac) = ends
            network.link(a, b, macs=(a_mac, b_mac))
            continue
        switch = network.switch(domain if domain not in devices else f"lan-{domain}")
        for end, mac in ends:
            network.link(end, switch, macs=(mac, ""))


def _warnings(devices: dict[str, _Device]) -> list[str]:
    found: dict[str, list[str]] = {}
    for name, device in devices.items():
        for key in device.unused:
            found.setdefault(key, []).append(name)
    return [
        f"'{key}' is not used: every node runs netplay's own Debian image ({', '.join(names)})"
        for key, names in found.items()
    ]
