"""The topology that a verb is about: a file's, a running lab's, or the playground's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from netplay.cli.entry import UsageError
from netplay.cli.output import nearest_file

if TYPE_CHECKING:
    from netplay.model import Topology


def from_path(path: str) -> Topology:
    """The topology in a file, or in a folder that is a lab of Kathará's."""
    return from_folder(path) if os.path.isdir(path) else from_file(path)


def from_file(path: str) -> Topology:
    """The topology in the file at *path*, with netplay's own services known to it."""
    from netplay.loading import load

    check_file(path)
    return load(path)


def from_folder(path: str) -> Topology:
    """The topology in the folder at *path*, which has a ``lab.conf``."""
    from netplay.export import import_kathara

    if not os.path.isdir(path):
        raise UsageError(f"there is no folder '{path}'{nearest_file(path)}")
    if not os.path.isfile(f"{path}/lab.conf"):
        files = sorted(name for name in os.listdir(path) if name.endswith(".clab.yml"))
        hint = f"; did you mean '{os.path.join(path, files[0])}'?" if files else ""
        raise UsageError(f"the folder '{path}' has no lab.conf{hint}")
    return import_kathara(path)


def check_file(path: str) -> None:
    """UsageError, with the nearest name, if there is no file at *path*."""
    if not os.path.isfile(path):
        raise UsageError(f"there is no file '{path}'{nearest_file(path)}")


def meant(path: str | None, name: str | None) -> Topology:
    """The topology at *path*, else of the lab that is up and meant by *name*, else the
    playground's."""
    if path is not None:
        return from_path(path)
    from netplay.lab import Lab, direct
    from netplay.lab.connecting import PLAYGROUND

    chosen = direct.chosen(name)
    if direct.is_up(chosen) or chosen != PLAYGROUND:
        return Lab.attach(chosen).topology
    from netplay.playground import playground

    return playground()
