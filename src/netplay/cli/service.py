"""``netplay service``."""

from __future__ import annotations

import click

from netplay.cli.options import OneOf, attach, name_option
from netplay.cli.output import say

_DONE = {"start": "started", "stop": "stopped", "restart": "restarted"}


@click.command("service")
@click.argument("node")
@click.argument("action", metavar="ACTION", type=OneOf(list(_DONE)))
@click.argument("service", metavar="NAME")
@name_option
def command(node: str, action: str, service: str, name: str | None) -> None:
    """Start, stop or restart a service of a machine.

    \b
    netplay service www restart nginx
    netplay service backbone stop dns

    It waits until the service answers in its own protocol. netplay ps shows their names.
    """
    attach(name).service(node, service, action)
    say(f"{node}: {service} is {_DONE[action]}")
