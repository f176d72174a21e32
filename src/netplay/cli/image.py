"""``netplay image``."""

from __future__ import annotations

import click

from netplay.cli.entry import UsageError
from netplay.cli.options import json_option
from netplay.cli.output import megabytes, say, show_json
from netplay.model import IMAGE_LAYERS


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
@click.argument("layers", metavar="[LAYER]...", nargs=-1)
def build(layers: tuple[str, ...]) -> None:
    """Build the root image now, if it is not there, and layers over it.

    \b
    netplay image build
    netplay image build browser      Chromium too, for chapter 11
    """
    from netplay import image
    from netplay.cli.starting import image_progress
    from netplay.errors import suggestion

    for layer in layers:
        if layer not in IMAGE_LAYERS:
            raise UsageError(f"no layer is called '{layer}'{suggestion(layer, IMAGE_LAYERS)}")
    with image_progress() as tell:
        *above, root = image.ensure_all(layers, tell)
    say(f"the root image is at {root}")
    for name, folder in zip(layers, above, strict=True):
        say(f"its layer '{name}' is at {folder}")


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
    for name in IMAGE_LAYERS:
        print(f"layer     {name}: {'built' if image.present((name,)) else 'not built'}")


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
