"""What a service on the playground looks at, with keys that are made once for all tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from netplay import playground
from netplay.credentials import credentials
from netplay.model import Node, ServiceUse, Topology
from netplay.services.service import Context, Credentials, File


@cache
def _credentials() -> Credentials:
    with tempfile.TemporaryDirectory() as folder:
        return credentials(playground(), Path(folder))


def context(
    node: str,
    service: str,
    *,
    services: Iterable[str] | None = None,
    topology: Topology | None = None,
    **settings: object,
) -> Context:
    """*service* on *node* of the playground (or *topology*); *services*: what runs there."""
    topology = topology or playground()
    chosen = topology[node]
    if services is not None:
        uses = tuple(ServiceUse(name=name) for name in services)
        chosen = replace(chosen, services=uses)
    use = ServiceUse(name=service, settings=settings)
    return Context(topology=topology, node=chosen, use=use, credentials=_credentials())


def with_node(topology: Topology, changed: Node) -> Topology:
    """*topology* with one node replaced."""
    nodes = tuple(changed if node.name == changed.name else node for node in topology.nodes)
    return replace(topology, nodes=nodes)


def by_path(files: Iterable[File]) -> dict[str, File]:
    """The files under their paths, each of which there is once."""
    listed = list(files)
    found = {file.path: file for file in listed}
    assert len(found) == len(listed)
    return found


def text(file: File) -> str:
    """What is in a file, as text."""
    assert file.content is not None
    return file.content if isinstance(file.content, str) else file.content.decode()
