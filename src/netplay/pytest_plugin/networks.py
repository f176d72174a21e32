"""Which network a test means: the marker's argument, or two hosts on a cable."""

from __future__ import annotations

from ipaddress import ip_interface
from pathlib import Path
from typing import Any

import pytest

from netplay.model import Endpoint, Interface, Link, Node, Topology


def network_of(source: Any, folder: Path) -> Topology:
    """The topology that the marker's *source* stands for; files are relative to *folder*."""
    if callable(source) and not isinstance(source, Topology):
        source = source()
    if isinstance(source, str | Path):
        from netplay import load  # the compiler, which a test with two hosts does without

        return load(folder / source)
    if not isinstance(source, Topology):
        from netplay import Network
        from netplay.services import known

        if isinstance(source, Network):
            source = source.topology(services=known())
    if not isinstance(source, Topology):
        raise pytest.UsageError(
            f"@pytest.mark.topology({source!r}): give a file, a Topology, a Network,"
            " or a function that returns one"
        )
    return source


def pair() -> Topology:
    """Two hosts on a cable, without the compiler, which would cost more than it says."""
    nodes = []
    for number, name in enumerate(("a", "b"), 1):
        addresses = (ip_interface(f"10.0.0.{number}/24"), ip_interface(f"2001:db8::{number}/64"))
        interface = Interface(name="eth0", mac=f"02:00:00:00:00:{number:02x}", addresses=addresses)
        nodes.append(Node(name=name, interfaces=(interface,)))
    link = Link(a=Endpoint("a", "eth0"), b=Endpoint("b", "eth0"))
    return Topology(name="pair", nodes=tuple(nodes), links=(link,))
