"""BIRD: a router that learns its routes from its neighbours, by OSPF.

Without settings it speaks OSPF for IPv4 (version 2, RFC 2328) and IPv6 (version 3, RFC 5340) on
all interfaces, in one area. Links are point to point, so that no router has to be elected first,
and a neighbour is dead after four seconds of silence: a lab should heal while one looks.

    costs    {eth1: 50}   what a way through an interface costs (10 unless given)
    config   the whole text of bird.conf, for everything else

Give such a router `routes: none`, or it has all routes before BIRD begins.
"""

from __future__ import annotations

from netplay.errors import suggestion
from netplay.services import setting
from netplay.services.service import Context, File, Probe, Service

__all__ = ["SERVICE"]

_SOCKET = "/run/bird/bird.ctl"
_CONFIG = """\
log stderr all;
router id {router};

protocol device {{ scan time 1; }}
protocol direct {{ ipv4; ipv6; }}

# What BIRD knows goes to the kernel, and nothing comes from there.
protocol kernel {{ ipv4 {{ export where source != RTS_DEVICE; }}; }}
protocol kernel {{ ipv6 {{ export where source != RTS_DEVICE; }}; }}

protocol ospf v2 ospf4 {{
    ipv4;
    area 0 {{
{interfaces}    }};
}}

protocol ospf v3 ospf6 {{
    ipv6;
    area 0 {{
{interfaces}    }};
}}
"""
_INTERFACE = """\
        interface "{name}" {{ type ptp; cost {cost}; hello 1; dead 4; check link; }};
"""


def _files(context: Context) -> tuple[File, ...]:
    text = setting.text(context, "config", "") or _config(context)
    return (
        File(path="/etc/bird/bird.conf", content=text, owner="bird", group="bird", mode=0o640),
        File(path="/run/bird", mode=0o755, owner="bird", group="bird"),
    )


def _config(context: Context) -> str:
    names = [interface.name for interface in context.node.interfaces]
    costs = setting.mapping(context, "costs")
    for name in costs:
        if name not in names:
            message = f"{context.node.name} has no interface '{name}'{suggestion(name, names)}"
            raise setting.refused(context, "costs", message)
    lines = (_INTERFACE.format(name=name, cost=costs.get(name, 10)) for name in names)
    # RFC 2328 §1.2: any 32-bit number that nobody else has; custom is an own IPv4 address.
    router = next((a for a in context.node.addresses if a.version == 4), None)
    number = context.topology.computers.index(context.node) + 1
    return _CONFIG.format(router=router or f"0.0.0.{number}", interfaces="".join(lines))


def _argv(_: Context) -> tuple[str, ...]:
    return ("/usr/sbin/bird", "-f", "-u", "bird", "-g", "bird", "-s", _SOCKET)


def _probes(_: Context) -> tuple[Probe, ...]:
    # BIRD User's Guide, "Remote control": the first line of each session is code 0001.
    greeting = rb"0001 BIRD"
    return (Probe(port=0, transport="unix", address=_SOCKET, expect=greeting, what="greeting"),)


SERVICE = Service(
    name="bird",
    title="BIRD, routing by OSPF",
    ports=("89/ospf",),
    packages=("bird2",),
    argv=_argv,
    files=_files,
    probes=_probes,
    settings=("costs", "config"),
)
