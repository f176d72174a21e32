#!/usr/bin/env python3
"""Three clients that read while they write, and so cannot be brought to a standstill.

    python3 tcp_deadlock.py server '' --sndbuf 8192 --rcvbuf 8192
    python3 tcp_deadlock_fixed.py HOST 1000000 --bufsize 8192

The server is the one of tcp_deadlock.py, as it was.
"""

import argparse
import asyncio
import selectors
import socket
import sys
import threading
from contextlib import suppress


def with_thread(sock: socket.socket, data: bytes) -> bytes:
    """One thread reads, the other writes."""
    received = bytearray()

    def read() -> None:
        with suppress(OSError):
            while more := sock.recv(4096):
                received.extend(more)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    reader.join()
    return bytes(received)


def with_selectors(sock: socket.socket, data: bytes) -> bytes:
    """One thread asks the kernel what is possible now, and does that."""
    received, rest = bytearray(), memoryview(data)
    sock.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    while True:
        [(_, possible)] = selector.select()
        if possible & selectors.EVENT_WRITE:
            rest = rest[sock.send(rest) :]
            if not rest:
                sock.shutdown(socket.SHUT_WR)
                selector.modify(sock, selectors.EVENT_READ)
        if possible & selectors.EVENT_READ:
            if not (more := sock.recv(4096)):
                return bytes(received)
            received.extend(more)


async def read_and_write(sock: socket.socket, data: bytes) -> bytes:
    """Two tasks; whenever one has to wait, the other goes on."""
    reader, writer = await asyncio.open_connection(sock=sock)
    reading = asyncio.create_task(reader.read())
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    return await reading


def with_asyncio(sock: socket.socket, data: bytes) -> bytes:
    return asyncio.run(read_and_write(sock, data))


CURES = {"thread": with_thread, "selectors": with_selectors, "asyncio": with_asyncio}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send and receive a lot without a deadlock.")
    parser.add_argument("host", help="where tcp_deadlock.py is the server")
    parser.add_argument("bytecount", type=int, nargs="?", default=16, help="how much (16)")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--bufsize", type=int, metavar="BYTES", help="size of both buffers")
    args = parser.parse_args()
    sent = b"capitalize this!" * ((args.bytecount + 15) // 16)
    try:
        with suppress(KeyboardInterrupt):
            for name, cure in CURES.items():
                with socket.create_connection((args.host, args.p)) as sock:
                    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF) if args.bufsize else ():
                        sock.setsockopt(socket.SOL_SOCKET, option, args.bufsize)
                    received = cure(sock, sent)
                verdict = "as it should be" if received == sent.upper() else "WRONG"
                print(f"{name:<9}  {len(sent)} bytes sent, {len(received)} received, {verdict}")
    except (OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
