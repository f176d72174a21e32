"""From the raw form to the model: one list of stages.

Each stage fills in what was not said, in place, and adds what is wrong to the problems; a stage
may count on those before it. Nothing depends on order of hashing, time or the computer.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from netplay.compiler.address import assign_addresses
from netplay.compiler.cells import Problems
from netplay.compiler.check import check
from netplay.compiler.connect import connect, find_roles, number_macs
from netplay.compiler.nameservers import find_nameservers
from netplay.compiler.raw import RawInterface, RawLink, RawNode, RawTopology
from netplay.compiler.route import assign_routes
from netplay.model import Endpoint, Interface, Link, Node, ServiceUse, Topology

Stage = Callable[[RawTopology, Problems], None]

STAGES: tuple[Stage, ...] = (
    connect,  # every end of a link becomes an interface
    find_roles,  # several segments make a router
    number_macs,
    assign_addresses,  # a network for every segment, an address for every interface
    assign_routes,  # shortest paths
    find_nameservers,  # whoever runs DNS serves all
    check,  # everything that can be wrong together
)


def resolve(raw: RawTopology, problems: Problems, *, strict: bool = False) -> Topology:
    """The model of *raw*; TopologyError with every problem, if there is one.

    With *strict*, warnings are problems.
    """
    for stage in STAGES:
        stage(raw, problems)
    for warning in raw.warnings if strict else ():
        problems.add(warning.where, warning.value)
    problems.raise_if_any()
    return _freeze(raw)


def _freeze(raw: RawTopology) -> Topology:
    return Topology(
        name=raw.name,
        nodes=tuple(_node(node) for node in raw.nodes.values()),
        links=tuple(_link(link) for link in raw.links),
        records=tuple(at.value for at in raw.lab.records),
        accounts=tuple(at.value for at in raw.lab.accounts),
        zones=tuple(at.value for at in raw.lab.zones),
        layers=raw.lab.layers,
        warnings=tuple(at.value for at in raw.warnings),
    )


def _node(node: RawNode) -> Node:
    config = node.config
    return Node(
        name=node.name,
        role=node.role,
        hostname=config.hostname.value if config.hostname else node.name,
        aliases=tuple(dict.fromkeys(at.value for at in config.aliases)),
        interfaces=tuple(_interface(end) for end in node.interfaces.values()),
        routes=tuple(at.value for at in node.routes),
        masquerade=tuple(at.value for at in config.masquerade or ()),
        services=tuple(
            ServiceUse(name=name, settings=MappingProxyType(dict(at.value)))
            for name, at in config.services.items()
        ),
        nameservers=node.nameservers,
        search=node.search,
        sysctls=MappingProxyType(dict(config.sysctls)),
        environment=MappingProxyType(dict(config.environment)),
        binds=tuple(config.binds.values()),
        ports=tuple(at.value for at in config.ports),
        commands=config.commands,
    )


def _interface(end: RawInterface) -> Interface:
    return Interface(
        name=end.name,
        mac=end.mac.value if end.mac else "",
        addresses=tuple(sorted((at.value for at in end.addresses), key=lambda a: a.version)),
        mtu=end.mtu,
    )


def _link(link: RawLink) -> Link:
    return Link(
        a=Endpoint(link.a.node, link.a.name),
        b=Endpoint(link.b.node, link.b.name),
        forward=link.forward,
        backward=link.backward,
    )
