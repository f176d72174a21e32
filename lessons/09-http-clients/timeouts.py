#!/usr/bin/env python3
"""Four kinds of time-out, each brought about on this machine, and a fifth that isn't one.

python3 timeouts.py
"""

import argparse
import asyncio
import socket
from contextlib import suppress

import httpx2

PATIENCE = 0.4


def listener(backlog: int) -> tuple[socket.socket, str]:
    """A server that nobody looks after, and its URL."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}/"


async def attempt(what: str, client: httpx2.AsyncClient, url: str, body: bytes = b"") -> None:
    try:
        await client.post(url, content=body)
    except httpx2.TimeoutException as error:
        print(f"{what:45} {type(error).__name__}", flush=True)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one byte at a time, and never for so long that anybody loses patience."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    with suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(PATIENCE / 20)  # the slowness is what we want to see


async def main() -> None:
    limits = httpx2.Limits(max_connections=1)
    async with httpx2.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        full, url = listener(backlog=0)
        with full, socket.create_connection(full.getsockname()):  # its queue is full now
            await attempt("nobody picks up the phone:", client, url)
        silent, url = listener(backlog=10)
        with silent:
            await attempt("somebody does, and says nothing:", client, url)
            await attempt("somebody does, and does not listen:", client, url, bytes(20_000_000))
        dripping = await asyncio.start_server(drip, "127.0.0.1", 0)
        url = "http://127.0.0.1:{1}/".format(*dripping.sockets[0].getsockname())
        async with client.stream("GET", url):
            await attempt("our only line is in use:", client, url)
        try:
            async with asyncio.timeout(4 * PATIENCE):
                await client.get(url)
        except TimeoutError:
            print(f"{'an answer that has a byte now and then:':45} none of the four")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show what each kind of time-out means.")
    parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
