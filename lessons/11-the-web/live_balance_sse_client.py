#!/usr/bin/env python3
"""Follow payments by Server-Sent Events, and go on where you were when the line is cut.

    python3 live_balance_sse_client.py http://www.example.com:1060 brandon
    python3 live_balance_sse_client.py http://www.example.com:1060 brandon --after 3

With --after, the payments up to this number are known already.
"""

import argparse
import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx2


def follow(client: httpx2.Client, last: str) -> Iterator[httpx2.ServerSentEvent]:
    """The events after number *last*. The stream has no end, so an end is an error."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    with client.stream("GET", "/payments", headers=headers) as response:
        yield from httpx2.EventSource(response.raise_for_status())
    raise httpx2.ReadError("the stream has ended")


def main(args: argparse.Namespace) -> None:
    login = httpx2.BasicAuth(args.name, getpass.getpass(f"Password of {args.name}: "))
    timeout = httpx2.Timeout(5, read=None)  # the next payment may be tomorrow
    last, connected = str(args.after), False
    with httpx2.Client(base_url=args.url, auth=login, timeout=timeout) as client:
        while True:
            try:
                for event in follow(client, last):
                    print(f"{event.id}: {event.data}", flush=True)
                    last, connected = event.id, True
            except httpx2.TransportError as error:
                if connected:
                    print("cut off; trying again", flush=True)
                elif last == str(args.after):
                    raise error  # it has never worked
                connected = False
            time.sleep(0.2)  # browsers wait some seconds (WHATWG HTML §9.2.3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Payments, live, by Server-Sent Events.")
    parser.add_argument("url", help="http://host:port")
    parser.add_argument("name", help="your account")
    parser.add_argument("--after", type=int, default=0, help="number of the last one you know")
    with suppress(KeyboardInterrupt):
        try:
            main(parser.parse_args())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            sys.exit(f"no payments: {str(error).splitlines()[0]}")
