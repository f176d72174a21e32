#!/usr/bin/env python3
"""Where is this address? Layer 2: an HTTP library. We say which URL, and read JSON.

    python3 search2.py "207 N. Defiance St, Archbold, OH"

The same question as search1.py asks, but now we know that there is a web server behind it.
"""

import argparse
import sys

import httpx2

ADDRESS = "207 N. Defiance St, Archbold, OH"


def geocode(base_url: str, address: str) -> None:
    reply = httpx2.get(
        f"{base_url}/search",
        params={"q": address, "format": "json"},
        headers={"User-Agent": "netplay-lessons/search2.py"},
        timeout=10,
    )
    reply.raise_for_status()
    places = reply.json()
    if not places:
        sys.exit(f"the geocoder does not know {address!r}")
    print(places[0]["lat"], places[0]["lon"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print an address's latitude and longitude.")
    parser.add_argument("address", nargs="?", default=ADDRESS)
    parser.add_argument("--base-url", default="https://maps.example.com", help="the geocoder")
    args = parser.parse_args()
    try:
        geocode(args.base_url, args.address)
    except httpx2.HTTPError as error:
        sys.exit(f"the geocoder did not answer: {error}")
