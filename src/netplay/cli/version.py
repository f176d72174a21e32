"""``netplay version``."""

from __future__ import annotations

import platform

import click

from netplay.cli.options import json_option
from netplay.cli.output import show_json


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Show the versions of netplay, Python and the kernel.

    \b
    netplay version
    netplay version --json
    """
    import netplay

    versions = {
        "netplay": netplay.__version__,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }
    if as_json:
        show_json(versions)
    else:
        print(
            f"netplay {versions['netplay']} (Python {versions['python']}, "
            f"Linux {versions['kernel']})"
        )
