"""``netplay image``."""

from __future__ import annotations

import click

from netplay.cli.options import json_option
from netplay.cli.output import megabytes, say, show_json


@click.group("image")
def command() -> None:
    """Build, show or remove the image all machines share.

    \b
    netplay image build
    netplay image info --json
    netplay image rm

    netplay up builds it when there is none; it is built anew only when what is in it changes.
    """


@command.command("build")
def build() -> None:
    """Build the root image now, if it is not there."""
    from netplay import image
    from netplay.cli.starting import image_progress

    with image_progress() as tell:
        root = image.ensure(tell)
    say(f"the root image is at {root}")


@command.command("info")
@json_option
def info(as_json: bool) -> None:
    """Show where the root image is and how big it is."""
    from netplay import image

    found = image.info()
    if as_json:
        show_json({"schema": 1, **found})
        return
    size = found["tar_bytes"]
    assert isinstance(size, int)
    print(f"image     {found['key']}")
    print(f"cache     {found['cache']}")
    print(f"built     {megabytes(size) if size else 'no; try: netplay image build'}")
    print(f"unpacked  {found['root'] or 'no'}")


@command.command("rm")
def remove() -> None:
    """Remove every image from the cache, while no lab is up."""
    from netplay import image
    from netplay.errors import LabError
    from netplay.lab import direct

    labs = direct.labs()
    if labs:
        raise LabError(f"these labs stand on it: {', '.join(labs)}; try: netplay down --all")
    image.remove()
    say("no root image is left")
