"""``netplay ssh-config``."""

from __future__ import annotations

import os
import shutil
import sys

import click

from netplay.cli.options import attach, name_option


@click.command("ssh-config")
@name_option
def command(name: str | None) -> None:
    """Print what this computer's ssh needs to reach machines.

    \b
    netplay ssh-config > lab.conf
    ssh -F lab.conf h1
    scp -F lab.conf notes.txt brandon@www:
    rsync -e 'ssh -F lab.conf' -a h1:/etc/ ./etc/

    For editors, write "Include lab.conf" (with its whole path) into ~/.ssh/config.
    """
    from netplay.lab.secure_shell import configuration

    print(configuration(attach(name), _netplay()), end="")


def _netplay() -> list[str]:
    """How another program calls this netplay, with the run directory that it looks in."""
    words = []
    for variable in ("NETPLAY_RUN", "XDG_RUNTIME_DIR"):
        if value := os.environ.get(variable):
            words.append(f"{variable}={value}")
    script = shutil.which(sys.argv[0])
    if script and os.path.basename(script) == "netplay":
        call = [os.path.abspath(script)]
    else:
        call = [sys.executable, "-m", "netplay"]
    return ["env", *words, *call] if words else call
