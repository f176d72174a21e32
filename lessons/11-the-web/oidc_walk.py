#!/usr/bin/env python3
"""Walk through a login at another site, and print each step that a browser would take.

    python3 oidc_walk.py https://www.example.com:5443/login brandon

Of what the sites send through the browser, the names are printed, not the values.
"""

import argparse
import getpass
import sys
from contextlib import suppress
from textwrap import wrap

import httpx2


def show(response: httpx2.Response) -> httpx2.Response:
    request = response.request
    print(f"{response.status_code}  {request.method:4} {request.url.host}{request.url.path}")
    for line in wrap(", ".join(request.url.params), 68):
        print(f"          {line}")
    return response


def follow(client: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    """Go where we are sent, and say so, until there is a page."""
    response = show(client.send(request))
    while response.next_request:
        response = show(client.send(response.next_request))
    return response


def main(url: str, name: str) -> None:
    with httpx2.Client() as client:  # it keeps each site's cookies apart, as a browser does
        page = follow(client, client.build_request("GET", url))
        form = {"username": name, "password": getpass.getpass(f"Password for {page.url.host}: ")}
        page = follow(client, client.build_request("POST", page.url, data=form))
        print(page.text.strip() if page.url.path == "/" else "That has not worked.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in by another site, step by step.")
    parser.add_argument("url", help="where the login begins")
    parser.add_argument("name", help="who to be")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.name)
        except httpx2.HTTPError as error:
            sys.exit(f"no page: {error}")
