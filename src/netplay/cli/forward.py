"""``netplay forward``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from netplay.cli.entry import UsageError
from netplay.cli.options import attach, name_option
from netplay.cli.output import say

if TYPE_CHECKING:
    from netplay.lab import Lab
    from netplay.lab.forwarding import Forward

# [ADDRESS:]PORT:NODE:PORT; an IPv6 address stands in brackets, as in a URL.
_FORWARD = re.compile(r"(?:(?:\[([^]]*)\]|([^][:]*)):)?(\d+):([^:]+):(\d+)")


@click.command("forward")
@click.argument("forwards", metavar="[ADDRESS:]PORT:NODE:PORT...", nargs=-1, required=True)
@name_option
def command(forwards: tuple[str, ...], name: str | None) -> None:
    """Lead ports of this computer to those of machines.

    \b
    netplay forward 8080:www:80            then: curl http://localhost:8080/
    netplay forward 8080:www:80 2525:mail:25
    netplay forward 127.0.0.2:5353:backbone:53

    It works until Ctrl-C. The ports are on the loopback, so only this computer can use them. With 0
    as the first PORT a free one is taken, and said. TCP only.
    """
    import asyncio

    from netplay.lab.forwarding import Forwarding

    lab = attach(name)
    running = [Forwarding(_parse(word, lab), say) for word in forwards]
    for one in running:
        where = one.forward.addresses[0]
        host = "localhost" if len(one.forward.addresses) > 1 else where
        say(f"{host}:{one.port} leads to {one.forward.node.name}:{one.forward.target}")

    async def serve() -> None:
        await asyncio.gather(*(one.run() for one in running))

    asyncio.run(serve())


def _parse(word: str, lab: Lab) -> Forward:
    from ipaddress import ip_address

    from netplay.lab.forwarding import Forward

    found = _FORWARD.fullmatch(word)
    if found is None or not (int(found[3]) < 65536 and 0 < int(found[5]) < 65536):
        raise UsageError(f"'{word}' is not [ADDRESS:]PORT:NODE:PORT, as in 8080:www:80")
    address = found[1] or found[2]
    try:
        if address and not ip_address(address).is_loopback:
            raise UsageError(
                f"{address} is not a loopback address: others would reach the lab through it"
            )
    except ValueError:
        raise UsageError(f"'{address}' is not an address") from None
    addresses = (address,) if address else ("127.0.0.1", "::1")
    return Forward(addresses, int(found[3]), lab[found[4]], int(found[5]))
