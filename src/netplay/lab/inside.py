"""``with node:`` — the sockets that a piece of Python opens are on that node.

The naive way would be to enter the node's network namespace with setns(2). It needs rights that
a test or a web page does not have, it counts for a whole thread, and in asyncio one thread
serves many tasks. So the namespace is not entered at all: the keeper opens the socket there and
hands over its descriptor, and a socket belongs to the namespace in which it was made,
whoever holds it (network_namespaces(7)).

What makes that invisible to libraries is one hook where all of them come together: the class
``socket.socket`` and the module's functions for names. Which node is meant is a context variable
(contextvars), so that threads and asyncio tasks have each their own, at the same time.

    socket.socket(...)           the node's, if IPv4 or IPv6 and no descriptor is given
    connect, bind, sendto        a name is looked up on the node first; C would ask the computer
    getaddrinfo, gethostbyname…  answered by the node's own resolver, its DNS and /etc/hosts
    loop.getaddrinfo             carries the context into the thread that does the look-up

The hooks are there while at least one ``with node:`` is open anywhere in the process, and
leave no trace. What they do not reach: C extensions that call socket(2) themselves (libcurl,
psycopg's libpq, gRPC's core); run those with ``node.call`` or ``node.start``.
"""

from __future__ import annotations

import asyncio
import contextvars
import socket
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netplay.lab.node import Node

_stack: contextvars.ContextVar[tuple[Node, ...]] = contextvars.ContextVar("netplay", default=())
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def current() -> Node | None:
    """The node that sockets opened here and now belong to."""
    stack = _stack.get()
    return stack[-1] if stack else None


def enter(node: Node) -> None:
    """Begins a ``with node:``."""
    _hooks.acquire()
    _stack.set((*_stack.get(), node))


def leave() -> None:
    """Ends the innermost ``with node:`` of this context."""
    _stack.set(_stack.get()[:-1])
    _hooks.release()


class _Hooks:
    """The replaced functions, counted by how many blocks need them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._saved: list[tuple[object, str, object, bool]] = []
        # Which node a socket is on: it may look up a name after its block has ended.
        self.nodes: weakref.WeakKeyDictionary[socket.socket, Node] = weakref.WeakKeyDictionary()

    def acquire(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._install()

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._remove()

    def _install(self) -> None:
        self._put(socket.socket, "__init__", _init)
        for name in ("connect", "connect_ex", "bind"):
            self._put(socket.socket, name, _with_resolved_address(name))
        self._put(socket.socket, "sendto", _sendto)
        for function in (getaddrinfo, gethostbyname, gethostbyname_ex, gethostbyaddr):
            self._put(socket, function.__name__, function)
        self._put(asyncio.BaseEventLoop, "getaddrinfo", _loop_getaddrinfo)

    def _put(self, owner: Any, name: str, value: object) -> None:
        self._saved.append((owner, name, getattr(owner, name), name in vars(owner)))
        setattr(owner, name, value)

    def _remove(self) -> None:
        for owner, name, value, own in reversed(self._saved):
            if own:
                setattr(owner, name, value)
            else:
                delattr(owner, name)  # it was inherited: uncovered again
        self._saved.clear()


# One for the process, as the module `socket` is that it changes.
_hooks = _Hooks()
_original_init = socket.socket.__init__
_original_getaddrinfo = socket.getaddrinfo
_original_gethostbyaddr = socket.gethostbyaddr
_original_sendto: Callable[..., Any] = socket.socket.sendto
_original_loop_getaddrinfo = asyncio.BaseEventLoop.getaddrinfo


def _init(
    self: socket.socket, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None
) -> None:
    node = current()
    wanted = socket.AF_INET if family == -1 else family
    if node is None or fileno is not None or wanted not in _FAMILIES:
        _original_init(self, family, type, proto, fileno)
        return
    kind = socket.SOCK_STREAM if type == -1 else type
    made = node.socket_descriptor(wanted, kind, 0 if proto == -1 else proto)
    _original_init(self, wanted, kind, 0 if proto == -1 else proto, made)
    self.settimeout(socket.getdefaulttimeout())
    _hooks.nodes[self] = node


def _with_resolved_address(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def method(self: socket.socket, address: Any) -> Any:
        return original(self, _resolved(self, address))

    return method


def _sendto(self: socket.socket, data: Any, *rest: Any) -> Any:
    # sendto(data, address) or sendto(data, flags, address)
    return _original_sendto(self, data, *rest[:-1], _resolved(self, rest[-1]))


def _resolved(self: socket.socket, address: Any) -> Any:
    """*address* with a number in the place of a name, if the socket is on a node."""
    # A TLS socket takes over the descriptor of a plain one: there the context decides.
    node = _hooks.nodes.get(self) or current()
    if node is None or self.family not in _FAMILIES:
        return address
    if not isinstance(address, tuple) or not isinstance(address[0], str):
        return address
    host = address[0]
    if host in ("", "<broadcast>") or _is_number(host):
        return address
    first = _look_up(node, host, address[1], self.family, self.type, 0, 0)[0]
    return (first[4][0], *address[1:])


def _is_number(host: str) -> bool:
    with suppress(ValueError):
        ip_address(host.partition("%")[0])
        return True
    return False


def getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Any]:
    """`socket.getaddrinfo`, asked on the node."""
    node = current()
    if node is None or host is None:
        return _original_getaddrinfo(host, port, family, type, proto, flags)
    name = host.decode() if isinstance(host, bytes) else host
    if name == "" or _is_number(name):
        return _original_getaddrinfo(host, port, family, type, proto, flags)
    return _look_up(node, name, port, family, type, proto, flags)


def _look_up(
    node: Node, host: str, port: Any, family: int, type: int, proto: int, flags: int
) -> list[Any]:
    found: list[Any] = []
    for address in node.resolve(host):
        version = socket.AF_INET if address.version == 4 else socket.AF_INET6
        if family in (0, version):
            # A number needs no resolver: this only lays the answer out, one row a socket type.
            numeric = flags | socket.AI_NUMERICHOST
            found += _original_getaddrinfo(str(address), port, version, type, proto, numeric)
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, f"{node.name} knows no address of '{host}'")
    return found


def gethostbyname(hostname: str) -> str:
    """`socket.gethostbyname`, asked on the node."""
    return str(getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])


def gethostbyname_ex(hostname: str) -> tuple[str, list[str], list[str]]:
    """`socket.gethostbyname_ex`, asked on the node."""
    rows = getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_STREAM)
    return hostname, [], [str(row[4][0]) for row in rows]


def gethostbyaddr(ip: str) -> tuple[str, list[str], list[str]]:
    """`socket.gethostbyaddr`, asked on the node."""
    node = current()
    if node is None:
        return _original_gethostbyaddr(ip)
    address = ip if _is_number(ip) else gethostbyname(ip)
    name = node.reverse(address)
    if name is None:
        raise socket.herror(1, f"{node.name} knows no name of {address}")
    return name, [], [address]


async def _loop_getaddrinfo(
    self: asyncio.BaseEventLoop,
    host: Any,
    port: Any,
    *,
    family: int = 0,
    type: int = 0,
    proto: int = 0,
    flags: int = 0,
) -> Any:
    if current() is None:
        return await _original_loop_getaddrinfo(
            self, host, port, family=family, type=type, proto=proto, flags=flags
        )
    # The thread of an executor has no context of its own; asyncio hands none over.
    context = contextvars.copy_context()
    return await self.run_in_executor(
        None, context.run, getaddrinfo, host, port, family, type, proto, flags
    )
