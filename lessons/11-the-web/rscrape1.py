#!/usr/bin/env python3
"""A recursive scraper: visit a page, and everything of the same server that it links to.

    python3 rscrape1.py http://www.example.com:8001/

It prints a line for each visit.
"""

import argparse
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2
import lxml.html

Item = tuple[str, str]  # what to do, and with which URL
Visit = Callable[[Item], Iterator[Item]]


def links_in(page: str, url: str) -> Iterator[Item]:
    """An item for each link; an <a> without href is no link but a place to jump to."""
    if page.strip():
        for href in lxml.html.fromstring(page).xpath("//a/@href"):
            yield "GET", urldefrag(urljoin(url, href)).url


def get(item: Item) -> Iterator[Item]:
    """Visit by plain HTTP: what is not HTML has no links."""
    response = httpx2.get(item[1], follow_redirects=True)
    if response.headers.get("Content-Type", "").startswith("text/html"):
        yield from links_in(response.text, str(response.url))


def crawl(start: str, visit: Visit) -> None:
    """Do each item once, in the order in which they were found."""
    items, known = deque([("GET", start)]), {("GET", start)}
    while items:
        item = items.popleft()
        print(*item, flush=True)
        for new in visit(item):
            ours = urlsplit(new[1])[:2] == urlsplit(start)[:2]  # scheme, and host with port
            if ours and new not in known:
                known.add(new)
                items.append(new)


def normal(url: str) -> str:
    """http://host and http://host/ are one page."""
    return url if urlsplit(url).path else urljoin(url, "/")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Visit a site by its links.")
    parser.add_argument("url", help="where to begin")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            crawl(normal(args.url), get)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            sys.exit(f"no page: {error}")
