"""The raw form: what was said, with places, and None for what was not said.

The parser makes it from a file or from Python; the stages of `resolve` fill in what is missing
and turn it into the model. It lives for one call only, so it may change.
"""

from __future__ import annotations

from collections.abc import Mapping

from netplay.compiler.cells import At
from netplay.compiler.read import Path
from netplay.model import (
    Account,
    Address,
    Bind,
    Impairment,
    InterfaceAddress,
    Masquerade,
    Network,
    Port,
    Record,
    Role,
    Route,
)
from netplay.structs import Struct, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

    from netplay.compiler.segment import Segment

_JOINED = frozenset({"commands", "ports", "unpublished", "aliases"})


def is_link_local(address: Address) -> bool:
    """Whether *address* is one of fe80::/10, which every wire has (RFC 4291 §2.5.6).

    Such an address makes no network that others are on, and as a gateway it needs its interface.
    """
    return address.version == 6 and address.is_link_local


class NodeConfig(Struct, kw_only=True):
    """What one level (``defaults``, a kind, a group or the node itself) says about a node.

    None means "not said"; lists that add up over the levels and mappings start empty instead.
    """

    kind: At[str] | None = None
    group: At[str] | None = None
    commands: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=dict)
    binds: dict[str, Bind] = field(default_factory=dict)  # by target
    ports: tuple[At[Port], ...] = ()
    unpublished: tuple[At[str], ...] = ()  # why a port is not
    aliases: tuple[At[str], ...] = ()
    nameservers: tuple[Address, ...] | None = None
    search: tuple[str, ...] | None = None
    role: At[Role] | None = None
    is_nat: bool | None = None
    hostname: At[str] | None = None
    addresses: dict[str, tuple[At[InterfaceAddress], ...]] = field(
        default_factory=dict
    )  # by interface; an empty tuple asks for none
    routes: tuple[At[Route], ...] | None = None
    masquerade: tuple[At[Masquerade], ...] | None = None
    services: dict[str, At[Mapping[str, object]]] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)  # of every key said

    def under(self, other: NodeConfig) -> NodeConfig:
        """This level with the more special *other* laid over it; *other*, if this is `NOTHING`."""
        if self is NOTHING:
            return other
        merged: dict[str, Any] = {}
        for name, low in vars(self).items():
            high = getattr(other, name)
            if isinstance(low, dict):
                merged[name] = {**low, **high}
            elif name in _JOINED:
                merged[name] = low + high
            else:
                merged[name] = low if high is None else high
        return NodeConfig(**merged)


NOTHING = NodeConfig()  # a level that nobody has written


class RawInterface(Struct, kw_only=True):
    """One end of a link, on its way to become an interface."""

    node: str
    name: str
    where: Path
    mtu: int = 1500
    mac: At[str] | None = None
    addresses: list[At[InterfaceAddress]] = field(default_factory=list)
    wants_address: bool = True

    def has(self, version: int) -> bool:
        """Whether the interface has an address of IP *version*."""
        return any(at.value.version == version for at in self.addresses)


class RawLink(Struct, kw_only=True):
    """A cable; both ends are there, but their nodes may not exist."""

    where: Path
    a: RawInterface
    b: RawInterface
    forward: Impairment
    backward: Impairment


class RawNode(Struct, kw_only=True):
    """A node; ``config`` is what all levels together say."""

    name: str
    where: Path
    config: NodeConfig
    role: Role = Role.HOST
    interfaces: dict[str, RawInterface] = field(default_factory=dict)
    routes: list[At[Route]] = field(default_factory=list)
    nameservers: tuple[Address, ...] = ()
    search: tuple[str, ...] = ()

    @property
    def addresses(self) -> list[InterfaceAddress]:
        """All addresses, in the order of the interfaces."""
        return [at.value for i in self.interfaces.values() for at in i.addresses]


class LabConfig(Struct, kw_only=True):
    """What concerns the lab as a whole; the pools are None when they are switched off."""

    zones: tuple[At[str], ...] = ()
    records: tuple[At[Record], ...] = ()
    accounts: tuple[At[Account], ...] = ()
    layers: tuple[str, ...] = ()
    ipv4: Network | None = None
    ipv6: Network | None = None


class RawTopology(Struct, kw_only=True):
    """A whole network, on its way to become a `netplay.model.Topology`."""

    name: str
    nodes: dict[str, RawNode]
    links: list[RawLink]
    lab: LabConfig
    warnings: list[At[str]] = field(default_factory=list)
    segments: list[Segment] | None = None  # see `segment`

    @property
    def computers(self) -> list[RawNode]:
        """The nodes that have a network stack of their own."""
        return [node for node in self.nodes.values() if node.role is not Role.SWITCH]
