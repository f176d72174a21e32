"""From the model to the steps: pure, and the same every time.

`plan` gives every step of a lab in the order in which a person would type them: the network
(`network_steps`), the files all nodes share, then node by node its file system, its files and
its services (`other_steps`). Nothing here reads or touches anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netplay.model import Node, ServiceUse, Topology
from netplay.plan.files import hosts, node_files, shared_steps
from netplay.plan.impairing import impair_steps
from netplay.plan.network import network_steps
from netplay.services.service import Context, Credentials, Service
from netplay.steps import (
    EVERY,
    BindMount,
    MakeRoot,
    PublishPort,
    RunCommand,
    StartService,
    Step,
    WriteFile,
)

__all__ = ["network_steps", "other_steps", "plan"]

# What a node may write. tmpfs takes memory only for what is really there.
NODE_BYTES = 512 * 1024 * 1024


def plan(
    topology: Topology, credentials: Credentials, services: Mapping[str, Service]
) -> tuple[Step, ...]:
    """Every step that brings *topology* up."""
    return (*network_steps(topology), *other_steps(topology, credentials, services))


def other_steps(
    topology: Topology, credentials: Credentials, services: Mapping[str, Service]
) -> tuple[Step, ...]:
    """All but the network's: what is wrong with it, and what is and runs on the machines."""
    steps: list[Step] = [*impair_steps(topology), *shared_steps(topology, credentials)]
    used = dict.fromkeys(use.name for node in topology.computers for use in node.services)
    for name in used:
        for file in services[name].shared(topology, credentials):
            steps.append(WriteFile(node=EVERY, file=file))
    lines = hosts(topology)
    for node in topology.computers:
        steps += node_steps(node, topology, credentials, services, lines)
        steps += publish_steps(node)
    return tuple(steps)


def publish_steps(node: Node) -> Iterator[Step]:
    """Its ports that this computer can reach; they stay when the node is reset."""
    for port in node.ports:
        yield PublishPort(
            node=node.name,
            address=str(port.address),
            port=port.port,
            target=port.target,
            # A program there need not listen on any address but its loopback.
            addresses=("127.0.0.1", "::1", *map(str, node.addresses)),
        )


def node_steps(
    node: Node,
    topology: Topology,
    credentials: Credentials,
    services: Mapping[str, Service],
    lines: Mapping[str, str],
) -> Iterator[Step]:
    """The file system, files, services and commands of one node: what `reset` does again.

    *lines* are those of `files.hosts`.
    """
    yield MakeRoot(node=node.name, hostname=node.hostname, size=NODE_BYTES)
    for bind in node.binds:
        yield BindMount(
            node=node.name, source=bind.source, target=bind.target, read_only=bind.read_only
        )
    for file in node_files(node, lines):
        yield WriteFile(node=node.name, file=file)
    started = []
    for use in in_order(node.services, services):
        service = services[use.name]
        context = Context(topology=topology, node=node, use=use, credentials=credentials)
        for file in service.files(context):
            yield WriteFile(node=node.name, file=file)
        started.append(
            StartService(
                node=node.name,
                name=service.name,
                argv=service.argv(context),
                user=service.user,
                directory=service.directory,
                environment={**node.environment, **service.environment},
                ports=service.ports,
                logs=service.logs,
                probes=service.probes(context),
            )
        )
    yield from started
    for line in node.commands:
        yield RunCommand(node=node.name, line=line, environment=dict(node.environment))


def in_order(uses: Sequence[ServiceUse], services: Mapping[str, Service]) -> tuple[ServiceUse, ...]:
    """*uses* so that each service comes after those it names in ``after``, else as written."""
    waiting = {use.name: use for use in uses}
    ordered: list[ServiceUse] = []
    while waiting:
        ready = [
            use for use in waiting.values() if not set(services[use.name].after) & waiting.keys()
        ]
        if not ready:
            raise ValueError("services wait for each other: " + ", ".join(waiting))
        ordered.append(ready[0])
        del waiting[ready[0].name]
    return tuple(ordered)
