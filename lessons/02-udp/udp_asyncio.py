#!/usr/bin/env python3
"""The same talk without blocking: asyncio calls us when a datagram has come.

    www$ python3 udp_asyncio.py server ''
    h1$ python3 udp_asyncio.py client www.example.com

The client asks three questions at the same time through one socket, and numbers them to tell the
answers apart.
"""

import argparse
import asyncio
import sys
from contextlib import suppress

Address = tuple[str, int]


class Server(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore
        self.transport = transport
        print("Listening at", transport.get_extra_info("sockname"), flush=True)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        print(f"{addr} says {data.decode('ascii', errors='replace')!r}", flush=True)
        number = data.partition(b":")[0]
        self.transport.sendto(b"%b:Your data was %d bytes long" % (number, len(data)), addr)


class Client(asyncio.DatagramProtocol):
    """A future for each question that is open."""

    def __init__(self) -> None:
        self.open: dict[bytes, asyncio.Future[bytes]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        number, _, answer = data.partition(b":")
        if future := self.open.pop(number, None):
            future.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        for future in self.open.values():  # connection refused, most likely
            if not future.done():
                future.set_exception(exc)

    async def ask(self, number: int, text: str) -> str:
        key = str(number).encode("ascii")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.open[key] = future
        self.transport.sendto(key + b":" + text.encode("ascii"))
        try:
            answer = await asyncio.wait_for(future, 2.0)
        finally:
            self.open.pop(key, None)
        return answer.decode("ascii", errors="replace")


async def client(host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(Client, remote_addr=(host, port))
    questions = ["one", "three", "fifteen"]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(protocol.ask(n, q)) for n, q in enumerate(questions)]
    for question, task in zip(questions, tasks, strict=True):
        print(f"{question!r}: {task.result()!r}")


async def server(interface: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Server, local_addr=(interface or "0.0.0.0", port))
    await loop.create_future()  # for ever


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send and receive UDP with asyncio.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run((server if args.role == "server" else client)(args.host, args.p))
        except* OSError as group:
            sys.exit(f"{args.host} port {args.p}: {str(group.exceptions[0]) or 'no answer'}")
