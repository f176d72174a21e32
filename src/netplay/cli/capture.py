"""``netplay capture``."""

from __future__ import annotations

import click

from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import say


@click.command("capture")
@click.argument("words", metavar="[LINK | NODE[:IFACE]...] [FILTER...]", nargs=-1)
@click.option("-w", "--write", metavar="FILE", help="Write pcapng; - is standard output.")
@click.option("--all", "everywhere", is_flag=True, help="Every link and every loopback.")
@click.option("-c", "--count", type=click.IntRange(1), help="End after so many packets.")
@json_option
@name_option
def command(
    words: tuple[str, ...],
    write: str | None,
    everywhere: bool,
    count: int | None,
    as_json: bool,
    name: str | None,
) -> None:
    """Show the packets that cross a link, the links of a machine, or all links.

    \b
    netplay capture
    netplay capture h1 www
    netplay capture h1 modemA tcp port 80
    netplay capture h1:lo
    netplay capture -w - | wireshark -k -i -
    netplay capture h1 -w h1.pcapng

    Two neighbours are the link between them; other machines, and switches, stand for all their
    links. From the first word that is none of them on, it is a filter in the language of tcpdump,
    with the names of the lab. A packet is shown at every place that it passes. Ctrl-C ends it, and
    so does the end of the lab. --json is one object a line.
    """
    from netplay.cli.recording import Count, Showing, record, writing
    from netplay.lab.tapping import LOOPBACK, divided, points_at

    lab = attach(name)
    where, text = divided(lab.topology, words)
    if everywhere:
        ends = [str(end) for link in lab.topology.links for end in (link.a, link.b)]
        where = (*ends, *(f"{node.name}:{LOOPBACK}" for node in lab))
    counted = Count(count)
    if write is None:
        showing = Showing(lab.topology, as_json=as_json)
        missed = record(lab, where, text, counted.sink(showing.take))
    else:
        if write != "-":
            say(f"recording to {write}; Ctrl-C ends it")
        with writing(lab.topology, points_at(lab.topology, where), write) as sink:
            missed = record(lab, where, text, counted.sink(sink))
    say(counted.told(missed))
