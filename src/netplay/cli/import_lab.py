"""``netplay import``."""

from __future__ import annotations

import click

from netplay.cli.output import say


@click.command("import")
@click.argument("folder")
def command(folder: str) -> None:
    """Turn a lab folder of Kathará into a topology file.

    \b
    netplay import two-routers > two-routers.clab.yml
    netplay up two-routers

    FOLDER has a lab.conf, as Netkit's had. Lines of its startup scripts that give addresses and
    routes become addresses and routes; all others are run on the node. `up` takes such a folder
    as it is.
    """
    from netplay.cli.topologies import from_folder
    from netplay.export import containerlab

    topology = from_folder(folder)
    for warning in topology.warnings:
        say(f"netplay: {warning}")
    print(containerlab(topology), end="")
