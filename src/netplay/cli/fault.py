"""``netplay fault``."""

from __future__ import annotations

import click

from netplay.cli.entry import UsageError
from netplay.cli.options import attach, name_option
from netplay.cli.output import say


@click.command("fault")
@click.argument("words", metavar="LINK... [NAME=VALUE...]", nargs=-1, required=True)
@click.option("-p", "--preset", metavar="NAME", help="A kind of link: dsl, cable, 4g, 3g, …")
@click.option("-1", "--one-way", is_flag=True, help="Only what the first end sends.")
@click.option("--seed", type=int, metavar="N", help="The same seed loses the same packets.")
@click.option(
    "--presets",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, value: _list(ctx) if value else None,
    help="List the kinds of link.",
)
@name_option
def command(
    words: tuple[str, ...], preset: str | None, one_way: bool, seed: int | None, name: str | None
) -> None:
    """Make a link worse: slower, longer, lossy. It adds to what is set already.

    \b
    netplay fault h1 modemA delay=50ms jitter=5ms loss=1%
    netplay fault modemA isp --preset dsl        the customer's end first
    netplay fault --one-way isp modemA loss=100%
    netplay fault h1:eth1 rate=10mbit queue=50

    Values: delay, jitter, loss, duplicate, reorder, corrupt, rate, queue. A link is two
    neighbours, or one end. 'h1>modemA' is one direction too, in quotes, for the shell.
    """
    link = [word for word in words if "=" not in word]
    values = dict(word.split("=", 1) for word in words if "=" in word)
    if not values and preset is None:
        raise UsageError("say what is wrong, as in 'delay=50ms'; see netplay fault --help")
    if one_way:
        if len(link) != 2:
            raise UsageError("--one-way needs two ends: the one that sends, then the other")
        link = [">".join(link)]
    lab = attach(name)
    from netplay.lab.links import choose

    lab.fault(*link, preset=preset, seed=seed, **values)
    changed = choose(lab.topology, *link).link.name
    say(f"{changed}: changed; netplay faults shows all, netplay heal undoes it")


def _list(ctx: click.Context) -> None:
    from netplay.cli.output import show_table
    from netplay.lab.presets import PRESETS

    show_table(("PRESET", "WHAT IT IS"), [(name, each.about) for name, each in PRESETS.items()])
    ctx.exit()
