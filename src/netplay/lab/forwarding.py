"""A port of this computer's loopback that leads to a port of a node.

Whoever connects here gets a socket that is on the node (design idea 3): the program there sees a
connection from its own loopback, so it need not listen on any other address, and no packet
crosses the lab's border. Each direction ends by itself: a client that has said all it wants to
(shutdown(2), a FIN) still gets its answer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address

from netplay.errors import LabError
from netplay.lab.node import Node
from netplay.lab.publishing import listener
from netplay.structs import Frozen

_CHUNK = 1 << 16


class Forward(Frozen):
    """``addresses`` of this computer and ``port`` (0: any that is free) → a node's ``target``."""

    addresses: tuple[str, ...]
    port: int
    node: Node
    target: int


class Forwarding:
    """The listening sockets of one `Forward`; ``port`` is the one that was given."""

    def __init__(self, forward: Forward, note: Callable[[str], None]) -> None:
        self.forward = forward
        self._note = note
        self._listeners: list[socket.socket] = []
        port = forward.port
        for address in forward.addresses:
            self._listeners.append(listener(address, port))
            port = self._listeners[0].getsockname()[1]
        self.port = port

    async def run(self) -> None:
        """Serves until it is cancelled."""
        servers = [
            await asyncio.start_server(self._serve, sock=listener) for listener in self._listeners
        ]
        try:
            await asyncio.gather(*(server.serve_forever() for server in servers))
        finally:
            for server in servers:
                server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await _connect(self.forward.node, self.forward.target)
        except (OSError, LabError) as error:
            self._note(f"{self.forward.node.name}:{self.forward.target}: {error}")
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection(sock=there)
        try:
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        except OSError:
            pass  # one side has reset the connection: the other learns it by our closing
        finally:
            writer.close()
            there_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def _connect(node: Node, port: int) -> socket.socket:
    """A connection from *node* to its own *port*: by its loopback, else by its addresses."""
    loop = asyncio.get_running_loop()
    refused: OSError = ConnectionRefusedError("connection refused")
    for address in map(ip_address, ("127.0.0.1", "::1", *map(str, node.addresses))):
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        there = await loop.run_in_executor(None, node.socket, family)
        there.setblocking(False)
        try:
            await loop.sock_connect(there, (str(address), port))
        except OSError as error:
            there.close()
            refused = error
            continue
        return there
    raise refused
