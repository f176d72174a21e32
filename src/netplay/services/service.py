"""What a service is: a declaration. Adding a daemon is adding one module and one row.

A service says which files it needs, which program to start and how to ask, in its own
protocol, whether it answers. All of it is data that the planner turns into steps; a service
module reads nothing, writes nothing and starts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netplay.model import Node, ServiceUse, Topology
from netplay.steps import File, Probe
from netplay.structs import Frozen, field

__all__ = ["Certificate", "Context", "Credentials", "File", "KeyPair", "Probe", "Service"]


class KeyPair(Frozen, kw_only=True):
    """An OpenSSH key: ``private`` as PEM text, ``public`` as one ``ssh-ed25519 AAAA…`` line."""

    private: str
    public: str


class Certificate(Frozen, kw_only=True):
    """A certificate chain and its private key, both PEM text."""

    chain: str
    key: str


class Credentials(Frozen, kw_only=True):
    """The secrets of a lab: made once, kept in the cache, never in the repository."""

    authority: Certificate  # the private CA that every node trusts
    authority_hash: str  # its subject as `openssl x509 -hash` prints it, for /etc/ssl/certs
    user: KeyPair  # identity and authorised key of every account, on every node
    hosts: Mapping[str, KeyPair]  # SSH host key, by node name
    nodes: Mapping[str, Certificate]  # server certificate, by node name
    extra: Mapping[str, Certificate]  # localhost, client; expired, wrong-name, self-signed, …
    dkim: KeyPair  # RSA signing key of the mail domain, PEM; public is the base64 of `p=`


class Context(Frozen, kw_only=True):
    """What a service may look at when it decides: pure data."""

    topology: Topology
    node: Node
    use: ServiceUse
    credentials: Credentials


def _nothing(_: Context) -> tuple[File, ...]:
    return ()


def _nothing_shared(_: Topology, __: Credentials) -> tuple[File, ...]:
    return ()


class Service(Frozen, kw_only=True):
    """One daemon, as data.

    ``ports`` are for people and for ``ps`` ("22/tcp"); ``packages`` are Debian's, part of the
    image. ``argv`` stays in the foreground and is started as ``user`` in ``directory``; what it
    prints goes to /var/log/netplay/NAME.log on the node. ``files`` are the node's own, ``shared``
    what is the same wherever the service runs: written once, and seen by all nodes. ``logs`` are
    further files to show with ``netplay logs``.
    ``after`` names services that must be started before this one (not: be ready).
    """

    name: str
    title: str
    ports: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    argv: Callable[[Context], tuple[str, ...]]
    files: Callable[[Context], tuple[File, ...]] = _nothing
    shared: Callable[[Topology, Credentials], tuple[File, ...]] = _nothing_shared
    probes: Callable[[Context], tuple[Probe, ...]]
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    user: str = "root"
    directory: str = "/"
    logs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()  # the keys a topology may give, for the compiler's check
