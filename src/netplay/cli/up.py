"""``netplay up``."""

from __future__ import annotations

import click

from netplay.cli.options import name_option
from netplay.cli.output import say
from netplay.cli.starting import start


@click.command("up")
@click.argument("file", required=False)
@click.option("--capture", metavar="PCAPNG", help="Record all links, from the first packet on.")
@name_option
def command(file: str | None, capture: str | None, name: str | None) -> None:
    """Start the playground, or the network in a file.

    \b
    netplay up
    netplay up mine.clab.yml
    netplay -n second up

    FILE is in containerlab's format (*.clab.yml), or a lab folder of Kathará. A lab that is up
    already is left as it is. The folder you are in is at /work on every machine. The root image is
    built when there is none. With --capture its packets are written to a file until it goes down;
    the file can be read at any time.
    """
    from netplay.cli.topologies import from_path
    from netplay.lab import Lab
    from netplay.playground import playground

    topology = playground() if file is None else from_path(file)
    for warning in topology.warnings:
        say(f"netplay: {warning}")
    lab = Lab(topology, name=name)
    if not start(lab, capture=capture):
        other = Lab.attach(lab.name).topology != topology
        say(f"{lab.name} is already up{', with another network' if other else ''}")
        if capture is not None:
            say(f"nothing is recorded; try: netplay capture -w {capture}")
    _say_what_next(lab)


def _say_what_next(lab: object) -> None:
    from netplay.lab import Lab
    from netplay.lab.connecting import PLAYGROUND

    assert isinstance(lab, Lab)
    netplay = "netplay" if lab.name == PLAYGROUND else f"netplay -n {lab.name}"
    first = next((node.name for node in lab), None)
    if first:
        say(f"  {netplay} {first}\tfor a prompt".expandtabs(32))
    say(f"  {netplay} ps\tfor what there is".expandtabs(32))
    say(f"  {netplay} down\tto end it".expandtabs(32))
