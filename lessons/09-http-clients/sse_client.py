#!/usr/bin/env python3
"""Read server-sent events with a parser of our own, and come back when the line breaks.

python3 sse_client.py http://www.example.com:1060/
"""

import argparse
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import httpx2

LIMIT = 1_000_000  # characters of an event


class Event(NamedTuple):
    kind: str
    data: str


class Parser:
    """HTML standard, section 9.2: lines with fields, and an empty line ends an event."""

    def __init__(self, last_id: str = "", retry: float = 3.0) -> None:
        self.last_id = self.id = last_id
        self.retry, self.rest, self.kind, self.data = retry, b"", "message", list[str]()

    def feed(self, data: bytes) -> Iterator[Event]:
        # A line ends with LF, CR LF or CR; but CR at the very end may be half of CR LF.
        *lines, self.rest = re.split(rb"\r\n|\n|\r(?!\Z)", self.rest + data)
        for line in lines:
            if line:
                self.field(*line.decode("utf-8", "replace").partition(":")[::2])
                continue
            self.last_id = self.id  # now, and no sooner: half an event is none
            if self.data:
                yield Event(self.kind, "\n".join(self.data))
            self.kind, self.data = "message", []
        if len(self.rest) + sum(map(len, self.data)) > LIMIT:
            raise ValueError("this event has no end")

    def field(self, name: str, value: str) -> None:
        value = value.removeprefix(" ")  # one space, and only one
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.kind = value or "message"
        elif name == "id" and "\0" not in value:
            self.id = value
        elif name == "retry" and value.isdecimal():
            self.retry = int(value) / 1000


def main(url: str) -> None:
    last_id, retry = "", 3.0
    times = httpx2.Timeout(5, read=60)  # news may be rare; comments should come in between
    with httpx2.Client(timeout=times) as client:
        while True:
            ask = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
            with client.stream("GET", url, headers=ask) as response:
                if response.raise_for_status().status_code == 204:
                    return print("204: that was all")
                parser = Parser(last_id, retry)
                for piece in response.iter_bytes():
                    for event in parser.feed(piece):
                        print(f"{parser.last_id} {event.kind}: {event.data!r}", flush=True)
            last_id, retry = parser.last_id, parser.retry
            print(f"the line broke; again in {retry} seconds", flush=True)
            time.sleep(retry)  # the server's wish, not a guess of ours


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Listen to events.")
    arguments.add_argument("url", help="of the event stream")
    args = arguments.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            sys.exit(f"{args.url}: {str(error).splitlines()[0]}")
