"""The namespaces of a lab and everything that is done to their network stacks.

A namespace has no name and no process: it lives as long as one descriptor is open, and the
keeper holds that descriptor. Consecutive netlink steps on one namespace travel as one batch.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

from netplay.kernel import libc, nftables, rtnetlink
from netplay.steps import (
    PANEL,
    AddAddress,
    AddBridge,
    AddRoute,
    AddVeth,
    LoadNftables,
    MakeNamespace,
    NetworkStep,
    SetLinkUp,
    SetMaster,
    SetSysctl,
)
from netplay.structs import Struct, field

TYPE_CHECKING = False  # typing costs an import; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

_LOOPBACK = 1  # the first interface of every namespace (net/core/dev.c, loopback.c)


class StepRefused(OSError):
    """The kernel refused a step; the message names the step as a person would type it."""

    def __init__(self, step: NetworkStep, error: OSError) -> None:
        super().__init__(error.errno, f"{error.strerror or error}: {step.shell()}")
        self.step = step


class Namespace(Struct):
    """One network stack: its descriptor and a netlink socket that lives in it."""

    descriptor: int
    netlink: rtnetlink.Netlink

    def close(self) -> None:
        """Lets go; the kernel removes the namespace when nobody else uses it."""
        self.netlink.close()
        os.close(self.descriptor)


def _current() -> Namespace:
    # /proc/self/ns/net is that of the main thread; thread-self is right everywhere.
    descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    return Namespace(descriptor, rtnetlink.Netlink())


class Network(Struct):
    """All namespaces of a lab. The caller's own, when this is made, becomes the panel."""

    namespaces: dict[str, Namespace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.namespaces[PANEL] = _current()
        self.namespaces[PANEL].netlink.apply([rtnetlink.up(_LOOPBACK)])

    @property
    def nodes(self) -> list[str]:
        """The nodes that have a namespace."""
        return [name for name in self.namespaces if name != PANEL]

    def take_over(self, node: str, descriptor: int) -> None:
        """Has a namespace that another process has made."""
        libc.setns(descriptor, libc.CLONE_NEWNET)
        try:
            self.namespaces[node] = Namespace(descriptor, rtnetlink.Netlink())
        finally:
            libc.setns(self.namespaces[PANEL].descriptor, libc.CLONE_NEWNET)

    @contextmanager
    def inside(self, node: str) -> Iterator[None]:
        """The calling thread is in the namespace of *node* for a while."""
        libc.setns(self.namespaces[node].descriptor, libc.CLONE_NEWNET)
        try:
            yield
        finally:
            libc.setns(self.namespaces[PANEL].descriptor, libc.CLONE_NEWNET)

    def socket(self, node: str, family: int, kind: int, protocol: int) -> socket.socket:
        """A socket that belongs to *node*, wherever its descriptor travels."""
        with self.inside(node):
            return socket.socket(family, kind, protocol)

    def listening(self, node: str) -> list[tuple[str, str, int]]:
        """(transport, address, port) of every socket that waits on *node* (proc(5), net/tcp)."""
        found = []
        with self.inside(node):
            for transport, waiting in _WAITING.items():
                for suffix in ("", "6"):
                    with open(f"/proc/thread-self/net/{transport}{suffix}", "rb") as file:
                        rows = [line.split() for line in file.readlines()[1:]]
                    for row in rows:
                        if row[3] == waiting:
                            found.append((transport, *_endpoint(row[1])))
        return found

    def apply(self, steps: Sequence[NetworkStep]) -> None:
        """Does all *steps* in order; `StepRefused` tells of the first that failed."""
        for (node, way), group in groupby(steps, key=_way):
            if way is MakeNamespace:
                for step in group:
                    self._make(step)
            elif way is rtnetlink.Netlink:
                self._send(node, list(group))
            else:
                with self.inside(node):
                    for step in group:
                        _act(step)

    def _send(self, node: str, batch: Sequence[NetworkStep]) -> None:
        requests = [_REQUESTS[type(step)](step, self.namespaces) for step in batch]
        try:
            self.namespaces[node].netlink.apply(requests)
        except rtnetlink.Refused as refusal:
            raise StepRefused(batch[refusal.position], refusal) from refusal

    def _make(self, step: NetworkStep) -> None:
        try:
            libc.unshare(libc.CLONE_NEWNET)
            try:
                namespace = _current()
                namespace.netlink.apply([rtnetlink.up(_LOOPBACK)])
                self.namespaces[step.node] = namespace
            finally:
                libc.setns(self.namespaces[PANEL].descriptor, libc.CLONE_NEWNET)
        except OSError as error:
            raise StepRefused(step, error) from error


def _way(step: NetworkStep) -> tuple[str, type]:
    """The node of *step*, and what steps have in common that can be done together there."""
    kind = type(step)
    return step.node, rtnetlink.Netlink if kind in _REQUESTS else kind


def _act(step: NetworkStep) -> None:
    """Does *step* in the namespace that the caller is in."""
    try:
        match step:
            case SetSysctl():
                write_sysctl(step)
            case LoadNftables():
                nftables.load(step.ruleset)
            case _:
                raise TypeError(f"{step!r} is not a network step")
    except OSError as error:
        raise StepRefused(step, error) from error


# include/net/tcp_states.h: TCP_LISTEN; a UDP socket that is not connected is TCP_CLOSE.
_WAITING = {"tcp": b"0A", "udp": b"07"}


def _endpoint(text: bytes) -> tuple[str, int]:
    """An address of /proc/net: 32-bit words in the byte order of the machine."""
    address, _, port = text.partition(b":")
    words = bytes.fromhex(address.decode())
    packed = b"".join(
        int.from_bytes(words[n : n + 4], "big").to_bytes(4, sys.byteorder)
        for n in range(0, len(words), 4)
    )
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, packed), int(port, 16)


def allow_many_descriptors() -> None:
    """One a namespace and socket: the calling process may have as many as it may without asking."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def write_sysctl(step: SetSysctl) -> None:
    """Writes one parameter of the namespace the caller is in."""
    descriptor = os.open(f"/proc/sys/{step.path}", os.O_WRONLY)
    try:
        os.write(descriptor, step.value.encode())
    finally:
        os.close(descriptor)


def _veth(step: AddVeth, namespaces: Mapping[str, Namespace]) -> rtnetlink.Request:
    return rtnetlink.veth(
        step.port,
        step.interface,
        namespaces[step.owner].descriptor,
        index=step.index,
        port_index=step.port_index,
        mac=step.mac,
        mtu=step.mtu,
    )


def _route(step: AddRoute, _: Mapping[str, Namespace]) -> rtnetlink.Request:
    return rtnetlink.route(
        step.destination,
        gateway=step.gateway,
        index=step.index,
        source=step.source,
        kind=step.kind,
    )


_REQUESTS: dict[type, Callable[[Any, Mapping[str, Namespace]], rtnetlink.Request]] = {
    AddVeth: _veth,
    AddBridge: lambda s, _: rtnetlink.bridge(s.bridge, index=s.index, mtu=s.mtu),
    SetMaster: lambda s, _: rtnetlink.master(s.port_index, s.bridge_index),
    SetLinkUp: lambda s, _: rtnetlink.up(s.index),
    AddAddress: lambda s, _: rtnetlink.address(s.index, s.address),
    AddRoute: _route,
}
