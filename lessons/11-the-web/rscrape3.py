#!/usr/bin/env python3
"""A crawler that may be let loose: it asks robots.txt, is slow on purpose, and knows when to wait.

    python3 rscrape3.py http://www.example.com:8001/ http://www.example.com/links/4/0 --depth 1

Pages of one depth are fetched at the same time, but from one server only two (--each).
"""

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx2
from selectolax.lexbor import LexborHTMLParser

AGENT = "netplay-lesson"
BUSY = (429, 503)  # RFC 6585 §4, RFC 9110 §15.6.4: come again later


def links_in(page: str, url: str) -> Iterator[str]:
    for link in LexborHTMLParser(page).css("a[href]"):
        yield urldefrag(urljoin(url, link.attributes["href"] or "")).url


class Crawler:
    """Fetches pages politely."""

    def __init__(self, client: httpx2.AsyncClient, each: int, tries: int) -> None:
        self.client, self.tries = client, tries
        self.gates = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(each))
        self.rules: dict[str, RobotFileParser] = {}

    async def get(self, url: str) -> tuple[httpx2.Response, int]:
        """The answer, and which try brought it; after each "not now" wait twice as long."""
        for attempt in range(1, self.tries + 1):
            async with self.gates[urlsplit(url).netloc]:
                response = await self.client.get(url)
            if response.status_code not in BUSY:
                break
            await asyncio.sleep(0.1 * 2**attempt)
        return response, attempt

    async def may_get(self, url: str) -> bool:
        """RFC 9309 §2.3.1: no robots.txt (4xx) means yes, one that cannot be read (5xx) no."""
        where = urljoin(url, "/robots.txt")
        if where not in self.rules:
            response, _ = await self.get(where)
            text = response.text if response.is_success else ""
            text = "User-agent: *\nDisallow: /" if response.is_server_error else text
            self.rules[where] = RobotFileParser()
            self.rules[where].parse(text.splitlines())
        return self.rules[where].can_fetch(AGENT, url)


async def crawl(args: argparse.Namespace) -> None:
    level, known = list(dict.fromkeys(args.url)), set(args.url)
    servers = {urlsplit(url).netloc for url in level}
    async with httpx2.AsyncClient(headers={"User-Agent": AGENT}, follow_redirects=True) as client:
        crawler = Crawler(client, args.each, args.tries)
        for _ in range(args.depth + 1):
            allowed = [url for url in level if await crawler.may_get(url)]
            answers = await asyncio.gather(*map(crawler.get, allowed))
            found = dict(zip(allowed, answers, strict=True))
            for url in (url for url in level if url not in found):
                print(f"robots.txt forbids {url}")
            new: dict[str, None] = {}  # a set that keeps the order
            for url, (response, tries) in found.items():
                print(f"{response.status_code} {url}" + f", try {tries}" * (tries > 1), flush=True)
                if response.headers.get("Content-Type", "").startswith("text/html"):
                    new |= dict.fromkeys(links_in(response.text, str(response.url)))
            level = [url for url in new if urlsplit(url).netloc in servers and url not in known]
            known |= set(level)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Visit sites, politely.")
    parser.add_argument("url", nargs="+", help="where to begin")
    parser.add_argument("--depth", type=int, default=5, help="how many links away (5)")
    parser.add_argument("--each", type=int, default=2, help="at once from one server (2)")
    parser.add_argument("--tries", type=int, default=3, help="how often to ask a busy server (3)")
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(crawl(parser.parse_args()))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            sys.exit(f"no page: {error}")
