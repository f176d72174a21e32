#!/usr/bin/env python3
"""A proxy that sits before any server and prints every byte that passes, in both directions.

python3 wiretap.py 8000 www.example.com 80             then ask http://localhost:8000/
python3 wiretap.py 8000 www.example.com 443 --tls      TLS to the server, not to the client
python3 wiretap.py 8443 www.example.com 443 --tls --cert WWW.PEM      TLS on both sides
"""

import argparse
import asyncio
import ssl
import sys
from contextlib import suppress

from taps import Tap


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mine: Tap, other: Tap
) -> None:
    """Pass on what comes, until it ends."""
    with suppress(OSError):
        while True:
            try:  # half a line is shown when a second has passed and no more has come
                data = await asyncio.wait_for(reader.read(65536), 1 if mine.rest else None)
            except TimeoutError:
                mine.flush()
                continue
            if not data:
                break
            other.flush()
            mine.feed(data)
            writer.write(data)
            await writer.drain()
    mine.flush()
    with suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()  # the other direction may go on
        else:
            writer.close()  # in TLS it can't


async def relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, args: argparse.Namespace
) -> None:
    try:
        tls = ssl.create_default_context() if args.tls else None
        theirs, server = await asyncio.open_connection(args.server, args.server_port, ssl=tls)
    except OSError as error:
        print(f"-- {args.server} port {args.server_port}: {error.strerror or error}", flush=True)
        writer.close()
        return
    print("-- a client has connected", flush=True)
    up, down = Tap("->", args.hex), Tap("<-", args.hex)
    await asyncio.gather(pump(reader, server, up, down), pump(theirs, writer, down, up))
    print("-- the connection has ended", flush=True)
    server.close()
    writer.close()


async def main(args: argparse.Namespace) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if args.cert else None
    try:
        if tls:
            tls.load_cert_chain(args.cert)
    except OSError as error:
        sys.exit(f"{args.cert}: {error.strerror or error}")
    listener = await asyncio.start_server(
        lambda reader, writer: relay(reader, writer, args), args.host, args.port, ssl=tls
    )
    print("Listening at", args.host, listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print what a client and a server say.")
    parser.add_argument("port", type=int, help="where to listen")
    parser.add_argument("server", help="the server that is meant")
    parser.add_argument("server_port", type=int, help="and its port")
    parser.add_argument("--hex", action="store_true", help="a hex dump, for what is no text")
    parser.add_argument("--tls", action="store_true", help="speak TLS with the server")
    parser.add_argument("--cert", metavar="PEM", help="speak TLS with clients: key, certificate")
    parser.add_argument("--host", default="localhost", help="interface to listen at (localhost)")
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(parser.parse_args()))
        except (OSError, OverflowError) as error:
            sys.exit(f"wiretap: {error}")
