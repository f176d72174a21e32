"""Our netlink against the kernel, with pyroute2 as the witness, in a namespace of our own."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from ipaddress import ip_address, ip_interface, ip_network
from multiprocessing import get_context
from typing import Any

import pytest

from netplay.kernel import idmap, libc, rtnetlink

pytestmark = pytest.mark.lab


def _enter() -> None:
    """Moves the process into its own user and network namespaces, as root of both."""
    mapping = idmap.choose()
    ours, theirs = socket.socketpair()
    child = os.getpid()
    usher = os.fork()
    if usher == 0:
        theirs.recv(1)
        idmap.write(child, mapping)
        theirs.send(b".")
        os._exit(0)
    libc.unshare(libc.CLONE_NEWUSER | libc.CLONE_NEWNET)
    ours.send(b".")
    ours.recv(1)
    os.waitpid(usher, 0)
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def _run(job: Callable[[], Any], results: Any) -> None:
    import pyroute2  # noqa: F401  # before the door: afterwards the folder may be closed to us

    _enter()
    results.send(job())


def inside(job: Callable[[], Any]) -> Any:
    """What *job* returns in a process with namespaces of its own."""
    context = get_context("fork")
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(job, writing))
    process.start()
    writing.close()
    try:
        return reading.recv()
    finally:
        process.join()


def _wires() -> dict[str, Any]:
    from pyroute2 import IPRoute

    other = os.open("/proc/self/ns/net", os.O_RDONLY)
    netlink = rtnetlink.Netlink()
    v4, v6 = ip_interface("10.1.2.3/24"), ip_interface("2001:db8::5/64")
    netlink.apply(
        [
            rtnetlink.up(1),
            rtnetlink.bridge("b0", index=900, mtu=1500),
            rtnetlink.veth(
                "w0", "eth7", other, index=10, port_index=901, mac="02:00:00:00:00:07", mtu=1400
            ),
            rtnetlink.master(901, 900),
            rtnetlink.up(10),
            rtnetlink.up(901),
            rtnetlink.up(900),
            rtnetlink.address(10, v4),
            rtnetlink.address(10, v6),
            rtnetlink.route(ip_network("10.9.0.0/16"), gateway=ip_address("10.1.2.1")),
            rtnetlink.route(ip_network("192.0.2.1/32"), index=10, source=ip_address("10.1.2.3")),
            rtnetlink.route(ip_network("198.51.100.0/24"), kind="unreachable"),
            rtnetlink.route(ip_network("::/0"), gateway=ip_address("2001:db8::1")),
        ]
    )
    with IPRoute() as witness:
        links = {link.get("ifname"): link for link in witness.get_links()}
        routes = [
            (
                r.get("dst"),
                r["dst_len"],
                r.get("gateway"),
                r.get("oif"),
                r.get("prefsrc"),
                r["type"],
            )
            for r in witness.get_routes(table=254)
            if r["proto"] == 4
        ]
        return {
            "eth7": (
                links["eth7"]["index"],
                links["eth7"].get("address"),
                links["eth7"].get("mtu"),
                links["eth7"]["state"],
            ),
            "w0": (links["w0"]["index"], links["w0"].get("master")),
            "addresses": sorted(a.get("address") for a in witness.get_addr(index=10)),
            "routes": routes,
        }


def test_what_is_asked_for_is_what_another_library_sees() -> None:
    seen = inside(_wires)
    assert seen["eth7"] == (10, "02:00:00:00:00:07", 1400, "up")
    assert seen["w0"] == (901, 900)
    assert "10.1.2.3" in seen["addresses"]
    assert "2001:db8::5" in seen["addresses"]
    assert ("10.9.0.0", 16, "10.1.2.1", 10, None, 1) in seen["routes"]
    assert ("192.0.2.1", 32, None, 10, "10.1.2.3", 1) in seen["routes"]
    assert ("198.51.100.0", 24, None, None, None, 7) in seen["routes"]
    assert (None, 0, "2001:db8::1", 10, None, 1) in seen["routes"]


def _refusal() -> tuple[int, int, list[str]]:
    netlink = rtnetlink.Netlink()
    try:
        netlink.apply(
            [
                rtnetlink.bridge("b0", index=900, mtu=1500),
                rtnetlink.bridge("b0", index=901, mtu=1500),
                rtnetlink.bridge("b2", index=902, mtu=1500),
            ]
        )
    except rtnetlink.Refused as refused:
        names = [name for _, name in socket.if_nameindex()]
        return refused.position, refused.errno, names
    return -1, 0, []


def test_a_refusal_names_the_request_and_does_not_hide_the_others() -> None:
    position, number, names = inside(_refusal)
    assert (position, number) == (1, errno.EEXIST)
    assert {"b0", "b2"} <= set(names)


def _many() -> int:
    netlink = rtnetlink.Netlink()
    netlink.apply([rtnetlink.up(1)])
    addresses = [
        rtnetlink.address(1, ip_interface(f"10.{n >> 8}.{n & 255}.1/32")) for n in range(5000)
    ]
    netlink.apply(addresses)
    with open("/proc/net/fib_trie", encoding="utf-8") as file:
        return file.read().count("/32 host LOCAL") // 2


def test_a_batch_larger_than_a_datagram_is_split() -> None:
    assert inside(_many) >= 5000
