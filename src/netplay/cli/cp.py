"""``netplay cp``."""

from __future__ import annotations

import sys

import click

from netplay.cli.options import attach, name_option
from netplay.cli.output import printable, say

_NOTES = 3  # that are said in full: half of /etc are links that lead out of it


@click.command("cp")
@click.argument("source")
@click.argument("target")
@name_option
def command(source: str, target: str, name: str | None) -> None:
    """Copy files to a machine, from one, or between two.

    \b
    netplay cp server.py www:
    netplay cp h1:/var/log ./logs
    netplay cp h1:notes.txt h2:/tmp/
    netplay cp www:/etc/nginx - | tar -t

    A path is NODE:PATH, a path here, or - for a tar archive on standard input or output. A relative
    PATH starts in root's home. Modes are kept; what arrives is yours here, and root's there.
    Links that would lead out of what is copied are left out.
    """
    from netplay.lab.copying import Spot, copy

    lab = attach(name)
    ends = Spot.of(lab, source), Spot.of(lab, target)
    if not any(end.node for end in ends):
        raise click.UsageError("one of the two must be on a machine, as in h1:/etc/hosts")
    notes: list[str] = []
    copy(*ends, (sys.stdin.buffer, sys.stdout.buffer), notes.append)
    for note in notes[:_NOTES]:
        say(f"netplay: {printable(note)}")
    if len(notes) > _NOTES:
        say(f"netplay: and {len(notes) - _NOTES} more like these")
