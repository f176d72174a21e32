"""``netplay why``."""

from __future__ import annotations

from dataclasses import asdict

import click

from netplay.cli.colours import painted
from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import printable, show_json


@click.command("why")
@click.argument("node")
@click.argument("target", metavar="HOST:PORT[/udp]")
@json_option
@name_option
def command(node: str, target: str, as_json: bool, name: str | None) -> int:
    """Explain why a connection cannot be made, or that it can.

    \b
    netplay why h1 www.example.com:80
    netplay why h1 10.130.1.4:8080
    netplay why h1 10.1.1.1:53/udp

    The machine looks the name up and connects while all links are recorded; then every machine
    on the way is asked about what happened to the packets: routes, neighbours, interfaces, filters,
    listening sockets. The exit status is 1 if it cannot.
    """
    found = attach(name).why(node, target)
    if as_json:
        show_json({"schema": 1, **asdict(found)})
        return int(not found.possible)
    width = max((len(finding.node) for finding in found.findings), default=0)
    for finding in found.findings:
        mark = ("good", "✓") if finding.good else ("bad", "✗")
        text = printable(f" {finding.node:<{width}}  {finding.text}")
        print(painted([mark, ("", text)]))
    print(painted([("good" if found.possible else "bad", printable(found.verdict))]))
    return int(not found.possible)
