"""Every noun of a network, as frozen data that cannot be built wrong.

A *topology* is the description at rest; the compiler makes it from a file or from
Python, the planner turns it into steps. Nothing here acts, reads or prints.

Units: addresses and networks are ``ipaddress`` objects; times are seconds (float),
rates bits per second (int), probabilities fractions from 0 to 1, sizes bytes.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from types import MappingProxyType

from netplay.structs import Frozen, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import TypeAlias


def _read_only(mapping: dict[str, object]) -> MappingProxyType[str, object]:
    return MappingProxyType(mapping)


# pickle knows no read-only mapping; a topology is handed from process to process.
copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))

Address: TypeAlias = IPv4Address | IPv6Address
InterfaceAddress: TypeAlias = IPv4Interface | IPv6Interface
Network: TypeAlias = IPv4Network | IPv6Network

# dev_valid_name() in net/core/dev.c: at most IFNAMSIZ - 1 = 15 bytes, no '/', ':' or space.
INTERFACE_NAME = re.compile(r"(?!\.{1,2}$)[^\s/:]{1,15}")
# A node's name becomes a host name, a directory and a word on the command line.
NODE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")


class Role(StrEnum):
    """What a node is for: it decides forwarding, and how the map draws it."""

    HOST = "host"
    ROUTER = "router"
    SWITCH = "switch"


class RouteKind(StrEnum):
    """The type of a route, as ip-route(8) spells it."""

    UNICAST = "unicast"
    UNREACHABLE = "unreachable"
    BLACKHOLE = "blackhole"
    PROHIBIT = "prohibit"


class Interface(Frozen, kw_only=True):
    """A network card: the node's end of one link."""

    name: str
    mac: str
    addresses: tuple[InterfaceAddress, ...] = ()
    mtu: int = 1500

    def __post_init__(self) -> None:
        if not INTERFACE_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not an interface name (1 to 15 characters)")
        if not MAC.fullmatch(self.mac):
            raise ValueError(f"{self.mac!r} is not a unicast MAC address in lower case")
        # RFC 791 §3.2: every host accepts 68 bytes; 65535 is the longest a frame can carry.
        if not 68 <= self.mtu <= 65535:
            raise ValueError(f"mtu {self.mtu} is not between 68 and 65535")


class Route(Frozen, kw_only=True):
    """One line of a routing table. ``source`` is the address that answers carry (``src``)."""

    destination: Network
    gateway: Address | None = None
    interface: str | None = None
    source: Address | None = None
    kind: RouteKind = RouteKind.UNICAST

    def __post_init__(self) -> None:
        if self.kind is RouteKind.UNICAST and not (self.gateway or self.interface):
            raise ValueError(f"the route to {self.destination} has no gateway and no interface")
        for address in (self.gateway, self.source):
            if address is not None and address.version != self.destination.version:
                raise ValueError(f"the route to {self.destination} mixes IPv4 and IPv6")


class Masquerade(Frozen, kw_only=True):
    """What makes a router a modem: IPv4 leaving ``interface`` takes that interface's address.

    With ``stateful`` on, both families may enter through ``interface`` only as answers to what
    went out (the router's own services stay open); ``ftp`` attaches the FTP helper, so
    that active FTP passes (kernels since 4.7 attach none by themselves).
    """

    interface: str
    stateful: bool = True
    ftp: bool = True


class Impairment(Frozen, kw_only=True):
    """What is wrong with one direction of a link; the defaults are a perfect wire."""

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    rate: int = 0  # bit/s; 0 is unlimited
    queue: int = 0  # packets; 0 is the back end's own limit

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder", "corrupt"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} {getattr(self, name)} is not between 0 and 1")
        for name in ("delay", "jitter", "rate", "queue"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} {getattr(self, name)} is negative")


PERFECT = Impairment()


class Endpoint(Frozen):
    """One end of a link, written ``h1:eth1``. A switch's port has a name too."""

    node: str
    interface: str

    def __str__(self) -> str:
        return f"{self.node}:{self.interface}"


class Link(Frozen, kw_only=True):
    """A cable between two endpoints; ``forward`` impairs a → b, ``backward`` b → a."""

    a: Endpoint
    b: Endpoint
    forward: Impairment = PERFECT
    backward: Impairment = PERFECT

    @property
    def name(self) -> str:
        """The link as a person writes it: ``h1:eth1 homeA:port1``."""
        return f"{self.a} {self.b}"


class ServiceUse(Frozen, kw_only=True):
    """A service that a node runs, with the settings that the topology gives it."""

    name: str
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class Bind(Frozen, kw_only=True):
    """A folder or file of the computer that a node sees at ``target``."""

    source: str
    target: str
    read_only: bool = False


_LOOPBACK = IPv4Address("127.0.0.1")


class Port(Frozen):
    """A TCP port of the computer's loopback that leads to ``target`` of a node."""

    port: int
    target: int
    address: Address = _LOOPBACK


class Node(Frozen, kw_only=True):
    """A computer, a router, or (without addresses and processes) a switch."""

    name: str
    role: Role = Role.HOST
    hostname: str = ""
    aliases: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    masquerade: tuple[Masquerade, ...] = ()
    services: tuple[ServiceUse, ...] = ()
    nameservers: tuple[Address, ...] = ()
    search: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    binds: tuple[Bind, ...] = ()
    ports: tuple[Port, ...] = ()
    commands: tuple[str, ...] = ()  # containerlab's `exec`: shell lines run once, when up

    def __post_init__(self) -> None:
        if not NODE_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a node name (letters, digits, '-', '_', '.')")
        if not self.hostname:
            object.__setattr__(self, "hostname", self.name)
        if self.role is Role.SWITCH and (self.routes or self.services or self.masquerade):
            raise ValueError(f"the switch {self.name} cannot have routes, services or NAT")

    def interface(self, name: str) -> Interface:
        """The interface called *name*; KeyError if there is none."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(name)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """All addresses, IPv4 before IPv6, each once, in the order of the interfaces."""
        found = dict.fromkeys(a.ip for i in self.interfaces for a in i.addresses)
        return tuple(sorted(found, key=lambda address: address.version))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the node answers to: host name first, then aliases, then its own name."""
        return tuple(dict.fromkeys((self.hostname, *self.aliases, self.name)))

    def runs(self, service: str) -> bool:
        """Whether the node runs the service called *service*."""
        return any(use.name == service for use in self.services)


class Record(Frozen, kw_only=True):
    """One DNS record beyond those that follow from the addresses.

    ``name`` is absolute, without the last dot; ``value`` is in presentation format
    (RFC 1035 §5.1), as in ``10 mail.example.com.``.
    """

    name: str
    type: str
    value: str
    ttl: int = 3600


class Account(Frozen, kw_only=True):
    """A person who may log in on every node. ``sudo`` asks for no password."""

    name: str
    password: str
    uid: int
    home: str
    shell: str = "/bin/bash"
    sudo: bool = False


# Parts of the root image that are built when a network first asks for them; image/contents.py
# says what is in each.
IMAGE_LAYERS = ("browser",)


class Topology(Frozen, kw_only=True):
    """A whole network. The names of nodes are unique; every link joins two that exist."""

    name: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...] = ()
    records: tuple[Record, ...] = ()
    accounts: tuple[Account, ...] = ()
    zones: tuple[str, ...] = ()  # e.g. ("example.com",): the domains that the lab's DNS owns
    layers: tuple[str, ...] = ()  # of IMAGE_LAYERS: what its machines have beyond the root image
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [node.name for node in self.nodes]
        if len(set(names)) != len(names):
            raise ValueError("two nodes have the same name")
        ends: set[Endpoint] = set()
        for link in self.links:
            for end in (link.a, link.b):
                if end in ends:
                    raise ValueError(f"{end} is the end of two links")
                ends.add(end)
                if end.node not in names:
                    raise ValueError(f"{end} is the end of a link, but there is no such node")

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __getitem__(self, name: str) -> Node:
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    @property
    def computers(self) -> tuple[Node, ...]:
        """The nodes that have a network stack of their own: all but the switches."""
        return tuple(node for node in self.nodes if node.role is not Role.SWITCH)
