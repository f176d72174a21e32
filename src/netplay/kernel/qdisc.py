"""sch_netem by netlink: the back end of kernels that have it.

What leaves an interface passes its queueing discipline. A direction gets netem as the root of the
interface where it leaves the panel. With a rate a second netem hangs below the first:

    1: netem  loss, duplicate, corrupt, delay ± jitter, reorder      (limit: practically none)
     └─ 2: netem  rate, limit = queue

One netem could do all, but its ``limit`` counts what is on its way as well as what waits: ten
packets of queue would then be less than nothing on a link with 50 ms of delay. That the delay
comes before the rate changes no packet's time: with a constant delay both orders give
max(arrival + delay, end of the one before) + length / rate. (tbf, the usual choice, lets the first
packet after a pause pass in no time at all.)

Kernels since 6.16 refuse two netems on one interface when one of them duplicates
(net/sched/sch_netem.c, check_netem_in_tree). Then the first does the rate too, and its limit is the
queue and as many full frames as can be on their way.

Wire format: linux/pkt_sched.h, struct tc_netem_qopt and TCA_NETEM_*.
"""

from __future__ import annotations

import errno
import math
import socket
import struct
from collections.abc import Iterator

from netplay.cables import CLEAN, Conditions, Direction
from netplay.kernel import rtnetlink
from netplay.kernel.lane import DEFAULT_QUEUE

_RTM_NEWQDISC, _RTM_DELQDISC, _RTM_GETQDISC = 36, 37, 38
_CREATE_REPLACE, _REQUEST_ECHO = 0x400 | 0x100, 0x1 | 0x8
_TCA_KIND, _TCA_OPTIONS = 1, 2
_ROOT, _FIRST, _BELOW, _SECOND = 0xFFFFFFFF, 0x10000, 0x10001, 0x20000

_REORDER, _CORRUPT, _RATE, _RATE64, _LATENCY64, _JITTER64, _PRNG_SEED = 3, 4, 6, 8, 10, 11, 14
_QOPT = struct.Struct("IIIIII")  # latency, limit, loss, gap, duplicate, jitter
_TCMSG = struct.Struct("BBHiIII")
_MOST = 0xFFFFFFFF
_UNLIMITED = 100_000  # packets: at full size 150 MB
_FULL_FRAME = 1514
_LOOPBACK = 1


class Netem:
    """The back end in the kernel. `attempt` gives one, if there is any."""

    name = "netem"

    def __init__(self, netlink: rtnetlink.Netlink, *, seeded: bool) -> None:
        self.seeded = seeded
        self._netlink = netlink
        self._rated: set[int] = set()  # interfaces that have the second netem
        self._seeds: dict[int, int] = {}

    @classmethod
    def attempt(cls, netlink: rtnetlink.Netlink) -> Netem | None:
        """A back end if the kernel has netem, or can load it; found out on the panel's loopback."""
        try:
            netlink.apply([put(_LOOPBACK, _ROOT, _FIRST, options(CLEAN, 1, _UNLIMITED))])
        except rtnetlink.Refused as refusal:
            if refusal.errno in (errno.ENOENT, errno.EOPNOTSUPP, errno.EPERM):
                return None
            raise
        # Unknown attributes are passed over in silence: whether it has kept the seed (Linux 6.7
        # does) only the kernel can tell.
        seeded = _PRNG_SEED in shown(_LOOPBACK)
        netlink.apply([delete(_LOOPBACK, _ROOT, _FIRST)])
        return cls(netlink, seeded=seeded)

    def verdict(self, way: Direction) -> str:
        """For what comes out of a detour: to where it leaves, which is where netem is."""
        return f'fwd to "{way.target.name}"'

    def open(self, way: Direction, conditions: Conditions, seed: int) -> None:
        """Impairs whatever leaves at the target of *way*."""
        self._seeds[way.target.index] = seed
        self._set(way.target.index, conditions)

    def change(self, way: Direction, conditions: Conditions, seed: int | None) -> None:
        """New conditions; netem goes back to the beginning of its seed whenever it is changed."""
        if seed is not None:
            self._seeds[way.target.index] = seed
        self._set(way.target.index, conditions)

    def settle(self, way: Direction) -> None:
        """Delays nothing from now on; what waits comes out in its time, if it is let."""
        self._set(way.target.index, CLEAN)

    def close(self, way: Direction) -> None:
        """Takes netem away, and drops what is still in it."""
        self._rated.discard(way.target.index)
        del self._seeds[way.target.index]
        self._netlink.apply([delete(way.target.index, _ROOT, _FIRST)])

    def counts(self, _: Direction) -> None:
        """netem does not tell what became of which packet."""
        return

    def _set(self, index: int, conditions: Conditions) -> None:
        below = bool(conditions.rate and not conditions.duplicate)
        requests = []
        if index in self._rated and not below:
            requests.append(delete(index, _BELOW, _SECOND))
        first = conditions.replaced(rate=0) if below else conditions
        limit = _UNLIMITED
        if conditions.rate and not below:
            full = conditions.rate * (conditions.delay + conditions.jitter) / 8 / _FULL_FRAME
            limit = (conditions.queue or DEFAULT_QUEUE) + math.ceil(full)
        seed = self._seeds[index]
        requests.append(put(index, _ROOT, _FIRST, options(first, seed, limit)))
        if below:
            second = options(
                Conditions(rate=conditions.rate), seed, conditions.queue or DEFAULT_QUEUE
            )
            requests.append(put(index, _BELOW, _SECOND, second))
        self._netlink.apply(requests)
        (self._rated.add if below else self._rated.discard)(index)


def options(conditions: Conditions, seed: int, limit: int) -> bytes:
    """All of netem's options. None is left out: what is not said keeps its old value."""
    c = conditions
    gap = 1 if c.reorder else 0  # every packet may be one that does not wait
    fixed = _QOPT.pack(0, limit, _chance(c.loss), gap, _chance(c.duplicate), 0)
    rate = c.rate // 8 or bool(c.rate)  # bytes per second
    attribute = rtnetlink.attribute
    return b"".join(
        (
            fixed,
            attribute(_LATENCY64, struct.pack("q", round(c.delay * 1e9))),
            attribute(_JITTER64, struct.pack("q", round(c.jitter * 1e9))),
            attribute(_REORDER, struct.pack("II", _chance(c.reorder), 0)),
            attribute(_CORRUPT, struct.pack("II", _chance(c.corrupt), 0)),
            attribute(_RATE, struct.pack("IiIi", min(rate, _MOST), 0, 0, 0)),
            attribute(_RATE64, struct.pack("Q", rate)) if rate > _MOST else b"",
            attribute(_PRNG_SEED, struct.pack("Q", seed)),
        )
    )


def _chance(share: float) -> int:
    return min(round(share * (_MOST + 1)), _MOST)


def put(index: int, parent: int, handle: int, data: bytes) -> rtnetlink.Request:
    """netem on an interface, or a change of the one that is there."""
    body = _TCMSG.pack(0, 0, 0, index, handle, parent, 0)
    body += rtnetlink.attribute(_TCA_KIND, b"netem\0") + rtnetlink.attribute(_TCA_OPTIONS, data)
    return _RTM_NEWQDISC, _CREATE_REPLACE, body


def delete(index: int, parent: int, handle: int) -> rtnetlink.Request:
    """Takes a queueing discipline away."""
    return _RTM_DELQDISC, 0, _TCMSG.pack(0, 0, 0, index, handle, parent, 0)


def shown(index: int) -> dict[int, bytes]:
    """netem's options on an interface as the kernel tells them, by attribute."""
    body = _TCMSG.pack(0, 0, 0, index, _FIRST, _ROOT, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asking:
        # NLM_F_ECHO: the answer goes to listeners only, unless one asks for it oneself
        # (net/sched/sch_api.c, qdisc_get_notify)
        header = struct.pack("IHHII", 16 + len(body), _RTM_GETQDISC, _REQUEST_ECHO, 1, 0)
        asking.settimeout(1.0)
        asking.send(header + body)
        answer = asking.recv(1 << 16)
    for kind, data in _attributes(answer[16 + _TCMSG.size :]):
        if kind == _TCA_OPTIONS:
            return dict(_attributes(data[_QOPT.size :]))
    return {}


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, place)
        yield kind, data[place + 4 : place + length]
        place += max((length + 3) & ~3, 4)
