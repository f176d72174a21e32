#!/usr/bin/env python3
"""The same GET with four libraries: what became of it, and of which URL.

python3 four_clients.py http://www.example.com/status/301
python3 four_clients.py http://www.example.com/headers --with urllib --body
"""

import argparse
import http.client
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

Answer = tuple[int, str, str]  # status, the URL in the end, the body


def by_requests(url: str) -> Answer:
    import requests

    response = requests.get(url, timeout=10)
    return response.status_code, response.url, response.text


def by_httpx2(url: str) -> Answer:
    import httpx2

    response = httpx2.get(url, timeout=10)
    return response.status_code, str(response.url), response.text


def by_urllib(url: str) -> Answer:
    try:
        response = urllib.request.urlopen(url, timeout=10)
    except urllib.error.HTTPError as error:  # it is an exception and a response
        response = error
    with response:
        return response.status, response.url, response.read().decode()


def by_http_client(url: str) -> Answer:
    parts = urlsplit(url)
    kind = getattr(http.client, f"{parts.scheme.upper()}Connection")
    connection = kind(parts.netloc, timeout=10)
    connection.request("GET", parts._replace(scheme="", netloc="", fragment="").geturl() or "/")
    response = connection.getresponse()
    return response.status, url, response.read().decode()


CLIENTS: dict[str, Callable[[str], Answer]] = {
    "requests": by_requests,
    "httpx2": by_httpx2,
    "urllib": by_urllib,
    "http.client": by_http_client,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch a page with different libraries.")
    parser.add_argument("url", help="http:// or https://")
    parser.add_argument("--with", dest="name", choices=CLIENTS, help="only with this one")
    parser.add_argument("--body", action="store_true", help="show the body as well")
    args = parser.parse_args()
    if not args.url.startswith(("http://", "https://")):
        parser.error(f"{args.url!r} begins with neither http:// nor https://")
    for name in [args.name] if args.name else CLIENTS:
        try:
            status, url, body = CLIENTS[name](args.url)
        except Exception as error:  # each library has error classes of its own
            sys.exit(f"{name}: {error}")
        print(f"{name:12} {status} {url}")
        if args.body:
            print(body.rstrip())
