#!/usr/bin/env python3
"""DNS over QUIC (RFC 9250) for a server that does not speak it: each question goes on by UDP.

    python3 doq_relay.py --certificate chain.pem --key key.pem 10.1.1.1

Each question has a stream of its own: two bytes of length, and the message.
"""

import argparse
import asyncio
import socket
import sys
from contextlib import suppress

from aioquic.asyncio.server import serve
from aioquic.quic.configuration import QuicConfiguration


def ask(server: str, question: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(3)
        sock.connect((server, 53))
        sock.send(question)
        return sock.recv(65535)


async def relay(server: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        length = int.from_bytes(await reader.readexactly(2))
        question = await reader.readexactly(length)
        answer = await asyncio.to_thread(ask, server, question)
        writer.write(len(answer).to_bytes(2) + answer)
        writer.write_eof()


async def main(server: str, port: int, certificate: str, key: str) -> None:
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["doq"])
    configuration.load_cert_chain(certificate, key)
    tasks = set()

    def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(relay(server, reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    await serve("::", port, configuration=configuration, stream_handler=stream)
    print(f"Relaying DNS over QUIC from port {port} to {server}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Speak DNS over QUIC for another server.")
    parser.add_argument("server", help="IPv4 address of a DNS server")
    parser.add_argument("-p", metavar="PORT", type=int, default=853, help="UDP port (853)")
    parser.add_argument("--certificate", required=True, help="PEM file")
    parser.add_argument("--key", required=True, help="PEM file")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(args.server, args.p, args.certificate, args.key))
        except OSError as error:
            sys.exit(f"doq_relay.py: {error}")
