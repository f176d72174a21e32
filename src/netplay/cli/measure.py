"""``netplay measure``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import show_json
from netplay.cli.reach import first_address
from netplay.errors import LabError

if TYPE_CHECKING:
    from netplay.lab import Node

_PORT = 5201  # iperf3's own
_PINGED = re.compile(r"(\d+) packets \w+, (\d+) received.*= ([\d.]+)/([\d.]+)/([\d.]+)/", re.DOTALL)


@click.command("measure")
@click.argument("a", metavar="NODE")
@click.argument("b", metavar="OTHER")
@click.option("-6", "six", is_flag=True, help="By IPv6.")
@click.option("--seconds", default=2, show_default=True, help="How long to send, each way.")
@click.option("--udp", metavar="RATE", help="Send datagrams at a rate, as in 5M, instead of TCP.")
@json_option
@name_option
def command(
    a: str, b: str, six: bool, seconds: int, udp: str | None, as_json: bool, name: str | None
) -> None:
    """Measure the way between two machines: round trip, loss and throughput.

    \b
    netplay measure h1 www
    netplay measure h1 www --udp 5M --json

    Twenty pings (ping), then as much as goes through, there and back (iperf3).
    """
    lab = attach(name)
    here, there = lab[a], lab[b]
    address = first_address(there, 6 if six else 4)
    if not address:
        raise LabError(f"{b} has no address of IPv{6 if six else 4}")
    found = {"schema": 1, "from": a, "to": b, "address": address, **_pinged(here, address)}
    way = ("-u", "-b", udp) if udp else ()
    for direction, option in (("there", ()), ("back", ("-R",))):
        argv = ("-c", address, "-J", "-t", str(seconds), *way, *option)
        found[direction] = _throughput(here, there, argv)
    if as_json:
        show_json(found)
        return
    low, middle, high = found["round_trip"]
    print(f"round trip  {low:g} ms at least, {middle:g} on average, {high:g} at most")
    print(f"loss        {found['lost']} of {found['sent']} pings")
    for direction in ("there", "back"):
        lost = f", {found[direction]['lost']:.3g}% lost" if udp else ""
        print(f"{direction:<10}  {found[direction]['rate'] / 1e6:.4g} Mbit/s{lost}")


def _pinged(node: Node, address: str) -> dict[str, Any]:
    done = node.run("ping", "-nq", "-c20", "-i0.05", "-W1", address)
    if (found := _PINGED.search(done.stdout)) is None:
        raise LabError(f"{node.name} does not reach {address}; netplay why says more")
    sent, received, *times = found.groups()
    lost = int(sent) - int(received)
    return {"sent": int(sent), "lost": lost, "round_trip": list(map(float, times))}


def _throughput(client: Node, server: Node, argv: tuple[str, ...]) -> dict[str, float]:
    with server.start("iperf3", "-s", "-1"):
        server.wait_listening(_PORT)
        report = json.loads(client.run("iperf3", *argv).stdout or "{}")
    if "error" in report or not report.get("end"):
        raise LabError(f"iperf3 on {client.name}: {report.get('error', 'it said nothing')}")
    total = report["end"].get("sum_received") or report["end"]["sum"]
    return {"rate": total["bits_per_second"], "lost": total.get("lost_percent", 0.0)}
