#!/usr/bin/env python3
"""An HTTP client with a cache of its own: what the server's fields let it keep, and for how long.

    python3 lru_http_cache.py URL URL ...
    python3 lru_http_cache.py --places 2 URL URL ...    keep two, forget the least recently used

Name a URL twice to see what the cache makes of it. RFC 9111.
"""

import argparse
import sys
import uuid
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace

import httpx2
from hishel import CacheOptions, Entry, Headers, Request, Response
from hishel.httpx2 import CacheClient


class LruStorage:
    """A few responses in memory. The one that nobody has wanted for longest makes room.

    Whatever has these five methods can be a storage of hishel's; see its BaseStorage.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.kept: OrderedDict[str, Entry] = OrderedDict()  # by key, the least recent first

    def create_entry(self, request: Request, response: Response, key: str, **_: object) -> Entry:
        body = b"".join(response.stream)
        entry = Entry(uuid.uuid4(), request, replace(response, stream=[body]))
        self.kept[key] = entry
        self.kept.move_to_end(key)
        if len(self.kept) > self.places:
            self.kept.popitem(last=False)
        return entry

    def get_entries(self, key: str) -> list[Entry]:
        if key not in self.kept:
            return []
        self.kept.move_to_end(key)
        return [self.kept[key]]

    def update_headers(self, id: uuid.UUID, headers: Headers) -> None:
        for key, entry in self.kept.items():
            if entry.id == id:
                self.kept[key] = replace(entry, response=replace(entry.response, headers=headers))

    def remove_entry(self, id: uuid.UUID) -> None:
        self.kept = OrderedDict((key, e) for key, e in self.kept.items() if e.id != id)

    def close(self) -> None:
        self.kept.clear()


def story(response: httpx2.Response) -> str:
    """What the cache did, in words."""
    status = response.extensions["caching"]
    if status["from_cache"]:
        return "asked, and it is unchanged" if status["revalidated"] else "from the cache"
    return "fetched, kept" if status["stored"] else "fetched, not kept"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch URLs through a small HTTP cache.")
    parser.add_argument("urls", nargs="+", metavar="URL", help="whole, with http://")
    parser.add_argument("--places", type=int, default=100, help="responses to keep (100)")
    args = parser.parse_args()
    options = CacheOptions(shared=False)  # one user's own, like a browser's
    cache = CacheClient(storage=LruStorage(args.places), rfc=options)
    try:
        with suppress(KeyboardInterrupt), cache:
            for url in args.urls:
                response = cache.get(url)
                print(f"{response.status_code} {url}  {story(response)}", flush=True)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        sys.exit(f"{url}: {error}")
