"""Links, addresses and routes by netlink: many requests in one system call.

The naive way runs `ip` once a change: a process each, 2 to 3 ms. A library that asks and waits,
change by change, costs the round trip and its own bookkeeping: 64 s for a thousand hosts where
this module takes 1.7 s. Here each namespace has one socket; requests are put in a row, sent
together, and only then are the answers read. Each request asks for an acknowledgement
(NLM_F_ACK), so that every refusal is seen and told with the step that caused it. Nothing is
looked up: interface numbers and MAC addresses are chosen by the planner, which saves the only
questions that would have to be answered before going on.

Wire format: netlink(7), rtnetlink(7), linux/if_link.h, linux/veth.h.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence

TYPE_CHECKING = False  # ipaddress costs an import; type checkers know the name
if TYPE_CHECKING:
    from ipaddress import (
        IPv4Address,
        IPv4Interface,
        IPv4Network,
        IPv6Address,
        IPv6Interface,
        IPv6Network,
    )

_RTM_NEWLINK, _RTM_DELLINK, _RTM_NEWADDR, _RTM_NEWROUTE = 16, 17, 20, 24
_NLMSG_ERROR = 2
_REQUEST_ACK = 0x1 | 0x4
_CREATE_EXCLUSIVE = 0x400 | 0x200
_IFF_UP = 1

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER = 1, 3, 4, 10
_IFLA_LINKINFO, _IFLA_NET_NS_FD, _IFLA_NUM_TX_QUEUES, _IFLA_NUM_RX_QUEUES = 18, 28, 31, 32
_IFLA_INFO_KIND, _IFLA_INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_IFA_F_NODAD, _IFA_F_NOPREFIXROUTE = 0x02, 0x200
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_RT_TABLE_MAIN, _RTPROT_STATIC, _RT_SCOPE_UNIVERSE, _RT_SCOPE_LINK = 254, 4, 0, 253
_ROUTE_TYPES = {"unicast": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8}

# One send must fit the socket's buffer (net.core.wmem_default is 212,992 bytes).
_BATCH_BYTES = 64 * 1024

Request = tuple[int, int, bytes]  # message type, flags, body


def attribute(kind: int, data: bytes) -> bytes:
    """One attribute of a message (netlink(7), NLA): length, kind, data, filled up to four bytes."""
    length = len(data) + 4
    return struct.pack("HH", length, kind) + data + b"\0" * (-length & 3)


def _text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("I", value))


# Asked for none, the kernel makes one queue for each processor, uses one, and waits for all
# processors to have seen that (veth_init_queues, synchronize_net): 0.1 to 0.3 ms for each end.
_ONE_QUEUE = _number(_IFLA_NUM_TX_QUEUES, 1) + _number(_IFLA_NUM_RX_QUEUES, 1)


def _link(index: int = 0, flags: int = 0, change: int = 0) -> bytes:
    """struct ifinfomsg."""
    return struct.pack("BBHiII", socket.AF_UNSPEC, 0, 0, index, flags, change)


def _mac(address: str) -> bytes:
    return attribute(_IFLA_ADDRESS, bytes.fromhex(address.replace(":", "")))


def veth(
    port: str,
    interface: str,
    namespace: int,
    *,
    index: int,
    port_index: int,
    mac: str,
    mtu: int,
) -> Request:
    """A veth pair: *port* here, *interface* in the namespace whose descriptor is given.

    The peer is created in its namespace straight away, down: a peer asked to be up fails
    the whole request with ENOTCONN.
    """
    peer = _link(index) + _text(_IFLA_IFNAME, interface) + _mac(mac) + _number(_IFLA_MTU, mtu)
    peer += _number(_IFLA_NET_NS_FD, namespace) + _ONE_QUEUE
    data = attribute(_IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, peer))
    info = attribute(_IFLA_LINKINFO, _text(_IFLA_INFO_KIND, "veth") + data)
    body = _link(port_index) + _text(_IFLA_IFNAME, port) + _number(_IFLA_MTU, mtu)
    return _RTM_NEWLINK, _CREATE_EXCLUSIVE, body + _ONE_QUEUE + info


def bridge(name: str, *, index: int, mtu: int) -> Request:
    """A bridge. Spanning tree is off by default, so ports forward at once."""
    info = attribute(_IFLA_LINKINFO, _text(_IFLA_INFO_KIND, "bridge"))
    body = _link(index) + _text(_IFLA_IFNAME, name) + _number(_IFLA_MTU, mtu) + info
    return _RTM_NEWLINK, _CREATE_EXCLUSIVE, body


def master(port: int, bridge_index: int) -> Request:
    """Plugs interface number *port* into a bridge; 0 takes it off the one it is on."""
    return _RTM_NEWLINK, 0, _link(port) + _number(_IFLA_MASTER, bridge_index)


def up(index: int, *, is_up: bool = True) -> Request:
    """Switches an interface on, or off."""
    return _RTM_NEWLINK, 0, _link(index, _IFF_UP if is_up else 0, _IFF_UP)


def delete(index: int) -> Request:
    """Removes an interface (of a veth pair: both ends)."""
    return _RTM_DELLINK, 0, _link(index)


def address(index: int, value: IPv4Interface | IPv6Interface) -> Request:
    """Gives an interface an address, without duplicate address detection."""
    family = socket.AF_INET if value.version == 4 else socket.AF_INET6
    flags = _IFA_F_NODAD if value.version == 6 else 0
    body = struct.pack("BBBBi", family, value.network.prefixlen, flags, 0, index)
    packed = value.ip.packed
    return (
        _RTM_NEWADDR,
        _CREATE_EXCLUSIVE,
        body + attribute(_IFA_LOCAL, packed) + attribute(_IFA_ADDRESS, packed),
    )


def route(
    destination: IPv4Network | IPv6Network,
    *,
    gateway: IPv4Address | IPv6Address | None = None,
    index: int | None = None,
    source: IPv4Address | IPv6Address | None = None,
    kind: str = "unicast",
) -> Request:
    """One line of the main routing table."""
    family = socket.AF_INET if destination.version == 4 else socket.AF_INET6
    # ip-route(8): a route without a gateway reaches only what is on the link.
    on_link = gateway is None and kind == "unicast"
    scope = _RT_SCOPE_LINK if on_link and family == socket.AF_INET else _RT_SCOPE_UNIVERSE
    body = struct.pack(
        "BBBBBBBBI",
        family,
        destination.prefixlen,
        0,
        0,
        _RT_TABLE_MAIN,
        _RTPROT_STATIC,
        scope,
        _ROUTE_TYPES[kind],
        0,
    )
    if destination.prefixlen:
        body += attribute(_RTA_DST, destination.network_address.packed)
    if gateway is not None:
        body += attribute(_RTA_GATEWAY, gateway.packed)
    if index is not None:
        body += _number(_RTA_OIF, index)
    if source is not None:
        body += attribute(_RTA_PREFSRC, source.packed)
    return _RTM_NEWROUTE, _CREATE_EXCLUSIVE, body


class Refused(OSError):
    """The kernel refused request number ``position`` of a batch (counted from 0)."""

    def __init__(self, number: int, position: int) -> None:
        super().__init__(number, os.strerror(number))
        self.position = position


class Netlink:
    """One rtnetlink socket; it stays in the namespace in which it was opened."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._sequence = 0

    def close(self) -> None:
        """Lets go of the socket."""
        self._socket.close()

    def apply(self, requests: Sequence[Request]) -> None:
        """Sends all requests, then reads all answers; `Refused` tells of the first refusal."""
        first: Refused | None = None
        start = 0
        while start < len(requests):
            packet, stop = self._pack(requests, start)
            self._socket.send(packet)
            refusal = self._answers(stop - start, start)
            first = first or refusal
            start = stop
        if first is not None:
            raise first

    def _pack(self, requests: Sequence[Request], start: int) -> tuple[bytes, int]:
        parts: list[bytes] = []
        size = 0
        stop = start
        for kind, flags, body in requests[start:]:
            if parts and size + len(body) + 16 > _BATCH_BYTES:
                break
            self._sequence += 1
            header = struct.pack(
                "IHHII", 16 + len(body), kind, flags | _REQUEST_ACK, self._sequence, 0
            )
            parts += [header, body]
            size += 16 + len(body)
            stop += 1
        return b"".join(parts), stop

    def _answers(self, count: int, offset: int) -> Refused | None:
        first: Refused | None = None
        base = self._sequence - count + 1
        seen = 0
        while seen < count:
            data = self._socket.recv(1 << 16)
            place = 0
            while place < len(data):
                length, kind = struct.unpack_from("IH", data, place)
                if kind == _NLMSG_ERROR:
                    sequence = struct.unpack_from("I", data, place + 8)[0]
                    error = struct.unpack_from("i", data, place + 16)[0]
                    seen += 1
                    if error and first is None:
                        first = Refused(-error, offset + sequence - base)
                place += (length + 3) & ~3
        return first
