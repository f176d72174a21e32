#!/usr/bin/env python3
"""The same question over QUIC: UDP underneath, yet nothing is lost, and all is encrypted.

    www$ python3 quic_echo.py server '' --cert /etc/nginx/tls/host.crt --key /etc/nginx/tls/host.key
    h1$ python3 quic_echo.py client www.example.com

On two ordinary machines make a certificate first, and tell the client to trust it (--ca cert.pem):

    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 9 \\
        -subj /CN=localhost -addext subjectAltName=DNS:localhost
"""

import argparse
import asyncio
import ssl
import sys
from contextlib import suppress

from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration

PROTOCOL = "netplay-echo"  # both ends must offer it (ALPN, RFC 7301)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    data = await reader.read()  # to the end: the client says when its question is complete
    print(f"A client says {data.decode('ascii', errors='replace')!r}", flush=True)
    writer.write(f"Your data was {len(data)} bytes long".encode("ascii"))
    writer.write_eof()


def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    tasks.add(task := asyncio.ensure_future(answer(reader, writer)))
    task.add_done_callback(tasks.discard)


async def server(interface: str, port: int, certificate: str, key: str) -> None:
    configuration = QuicConfiguration(is_client=False, alpn_protocols=[PROTOCOL])
    configuration.load_cert_chain(certificate, key)
    await serve(interface or "::", port, configuration=configuration, stream_handler=accept)
    print("Listening at port", port, flush=True)
    await asyncio.get_running_loop().create_future()  # for ever


async def client(host: str, port: int, authorities: str) -> None:
    # When connecting fails, aioquic leaves a future behind that asyncio would complain about.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    configuration = QuicConfiguration(is_client=True, alpn_protocols=[PROTOCOL], cafile=authorities)
    async with asyncio.timeout(10), connect(host, port, configuration=configuration) as connection:
        reader, writer = await connection.create_stream()
        writer.write(b"This is another message")
        writer.write_eof()
        print(f"The server says {(await reader.read()).decode('ascii')!r}")


if __name__ == "__main__":
    system = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    parser = argparse.ArgumentParser(description="Ask and answer over QUIC.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: interface to listen at; client: whom to ask")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="UDP port (1060)")
    parser.add_argument("--cert", default="cert.pem", help="server: its certificate")
    parser.add_argument("--key", default="key.pem", help="server: the certificate's key")
    parser.add_argument("--ca", default=system, help="client: whom to trust")
    args = parser.parse_args()
    tasks: set[asyncio.Future[None]] = set()
    with suppress(KeyboardInterrupt):
        try:
            if args.role == "server":
                asyncio.run(server(args.host, args.p, args.cert, args.key))
            else:
                asyncio.run(client(args.host, args.p, args.ca))
        except OSError as error:  # TimeoutError and ConnectionError are, too
            sys.exit(f"{args.host} port {args.p}: {str(error) or 'no answer'}")
