#!/usr/bin/env python3
"""HTTP/1.1 without a network (h11): bytes go in, events come out, and the other way round.

python3 sansio_http.py
python3 sansio_http.py --crumbs     what arrives, arrives byte by byte
"""

import argparse

import h11


def hear(name: str, connection: h11.Connection, data: bytes, crumbs: bool) -> None:
    """Hand over bytes, whole or one by one, and say what has been understood so far."""
    size = 1 if crumbs else len(data) or 1
    for at in range(0, len(data), size):
        connection.receive_data(data[at : at + size])
        while (event := connection.next_event()) is not h11.NEED_DATA:
            print(f"     {name} has understood {describe(event)}")
            if isinstance(event, h11.EndOfMessage):
                break


def describe(event: object) -> str:
    match event:
        case h11.Request():
            return f"Request: {event.method.decode()} {event.target.decode()}"
        case h11.Response():
            return f"Response: {event.status_code}"
        case h11.Data():
            return f"Data: {bytes(event.data)!r}"
    return type(event).__name__


def main(crumbs: bool) -> None:
    client, server = h11.Connection(h11.CLIENT), h11.Connection(h11.SERVER)
    for number in (1, 2):
        ask = h11.Request(method="GET", target=f"/{number}", headers=[("Host", "www")])
        for part in (ask, h11.EndOfMessage()):
            if question := client.send(part):
                print(f"---> {question!r}")
                hear("the server", server, question, crumbs)
        # No Content-Length, so h11 sends the body in chunks and marks its end.
        answer = h11.Response(status_code=200, headers=[("Content-Type", "text/plain")])
        body = h11.Data(data=b"noon")
        for data in map(server.send, (answer, body, h11.EndOfMessage())):
            print(f"<--- {data!r}")
            hear("the client", client, data or b"", crumbs)
        print(f"     both are {client.our_state} and {server.our_state}: next, please")
        client.start_next_cycle()
        server.start_next_cycle()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk HTTP/1.1 in memory.")
    parser.add_argument("--crumbs", action="store_true", help="deliver one byte at a time")
    main(parser.parse_args().crumbs)
