#!/usr/bin/env python3
"""HTTP/2 without a network (h2): two requests and two answers on one connection, as frames.

python3 sansio_http2.py
"""

import argparse
from collections.abc import Iterator

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, ResponseReceived, StreamEnded

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
KINDS = {0: "DATA", 1: "HEADERS", 4: "SETTINGS", 8: "WINDOW_UPDATE"}


def frames(data: bytes) -> Iterator[str]:
    """RFC 9113 §4.1: three bytes of length, one of type, one of flags, four of stream number."""
    if data.startswith(PREFACE):
        yield repr(PREFACE)
        data = data.removeprefix(PREFACE)
    while data:
        length, kind = int.from_bytes(data[:3]), data[3]
        stream = int.from_bytes(data[5:9]) & 0x7FFFFFFF
        shown = data[9 : 9 + length][:12].hex()
        yield f"{KINDS.get(kind, kind):9} stream {stream}, {length:2} bytes {shown}".rstrip()
        data = data[9 + length :]


def carry(names: str, sender: H2Connection, receiver: H2Connection) -> None:
    """What one has to say, the other hears; and what the other makes of it."""
    data = sender.data_to_send()
    for frame in frames(data):
        print(names, frame)
    for event in receiver.receive_data(data):
        match event:
            case RequestReceived(headers=headers) | ResponseReceived(headers=headers):
                shown = {name.decode(): value.decode() for name, value in headers or []}
                print(f"     {type(event).__name__} {event.stream_id}: {shown}")
            case DataReceived(data=body):
                print(f"     DataReceived {event.stream_id}: {body!r}")
            case StreamEnded():
                print(f"     StreamEnded {event.stream_id}")


def main() -> None:
    client = H2Connection(H2Configuration(client_side=True))
    server = H2Connection(H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    carry("-->", client, server)
    carry("<--", server, client)
    for stream, path in ((1, "/slow"), (3, "/fast")):
        ask = {":method": "GET", ":scheme": "https", ":authority": "www", ":path": path}
        client.send_headers(stream, list(ask.items()), end_stream=True)
    carry("-->", client, server)
    for stream, body in ((3, b"here I am"), (1, b"me, too")):
        server.send_headers(stream, [(":status", "200"), ("content-length", str(len(body)))])
        server.send_data(stream, body, end_stream=True)
    carry("<--", server, client)


if __name__ == "__main__":
    argparse.ArgumentParser(description="Talk HTTP/2 in memory.").parse_args()
    main()
