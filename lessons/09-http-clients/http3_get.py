#!/usr/bin/env python3
"""Ask over TCP whether there is HTTP/3 (Alt-Svc), then fetch the same over QUIC.

python3 http3_get.py https://www.example.com/headers
"""

import argparse
import asyncio
import http.client
import re
import ssl
import sys
from contextlib import suppress
from urllib.parse import urlsplit

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, QuicEvent


class Http3(QuicConnectionProtocol):  # type: ignore[misc, unused-ignore]
    """QUIC hands us events; H3Connection knows what they mean in HTTP/3."""

    def fetch(self, host: str, path: str) -> asyncio.Future[tuple[dict[bytes, bytes], bytes]]:
        self.http = H3Connection(self._quic)
        self.done = asyncio.get_running_loop().create_future()
        self.head, self.body = dict[bytes, bytes](), b""
        words = {":method": "GET", ":scheme": "https", ":authority": host, ":path": path}
        head = [(name.encode(), value.encode()) for name, value in words.items()]
        stream = self._quic.get_next_available_stream_id()
        self.http.send_headers(stream, head, end_stream=True)
        self.transmit()
        return self.done

    def quic_event_received(self, event: QuicEvent) -> None:
        if not hasattr(self, "http"):
            return
        if isinstance(event, ConnectionTerminated) and not self.done.done():
            self.done.set_exception(ConnectionError(event.reason_phrase or "the server hung up"))
        for part in self.http.handle_event(event):
            if isinstance(part, HeadersReceived):
                self.head |= part.headers
            elif isinstance(part, DataReceived):
                self.body += part.data
            if getattr(part, "stream_ended", False) and not self.done.done():
                self.done.set_result((self.head, self.body))


def alternative(host: str, path: str) -> int:
    """The port at which the server says that it speaks HTTP/3."""
    connection = http.client.HTTPSConnection(host, timeout=10)
    connection.request("HEAD", path)
    response = connection.getresponse()
    field = response.getheader("Alt-Svc", "")
    print(f"HTTP/{response.version / 10} over TCP: {response.status}, Alt-Svc: {field}")
    if not (found := re.search(r'\bh3=":(\d+)"', field)):
        sys.exit(f"{host} does not offer HTTP/3")
    return int(found[1])


async def main(host: str, path: str) -> None:
    port = alternative(host, path)
    cafile = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    # RFC 7838 §2.1: wherever it is, it must show a certificate for the name that we asked for.
    ours = QuicConfiguration(alpn_protocols=H3_ALPN, cafile=cafile, server_name=host)
    # When connecting fails, aioquic leaves a future behind that asyncio would complain about.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    opening = connect(host, port, configuration=ours, create_protocol=Http3)
    async with asyncio.timeout(5), opening as quic:
        head, body = await quic.fetch(host, path)
    print(f"HTTP/3 over UDP port {port}: {head.pop(b':status').decode()}")
    for name, value in head.items():
        print(f"  {name.decode()}: {value.decode()}")
    print(body.decode("utf-8", "replace").rstrip())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Discover HTTP/3, and use it.")
    parser.add_argument("url", help="https://...")
    url = urlsplit(parser.parse_args().url)
    if url.scheme != "https" or not url.hostname:
        parser.error("HTTP/3 is always encrypted: the URL must begin with https://")
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(main(url.hostname, (url.path or "/") + (url.query and f"?{url.query}")))
        except OSError as error:
            sys.exit(f"{url.hostname}: {str(error) or 'no answer over UDP'}")
