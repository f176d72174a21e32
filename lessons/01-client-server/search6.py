#!/usr/bin/env python3
"""The question of search2.py over HTTP/2: the library changes one word, the wire changes a lot.

    python3 search6.py "207 N. Defiance St, Archbold, OH" "Paris"

Client and server agree on the protocol during the TLS handshake (ALPN, RFC 7301).
"""

import argparse
import sys

import httpx2

ADDRESSES = ["207 N. Defiance St, Archbold, OH", "Paris"]


def geocode(base_url: str, addresses: list[str]) -> None:
    headers = {"User-Agent": "netplay-lessons/search6.py"}
    with httpx2.Client(http2=True, headers=headers, timeout=10) as client:
        for address in addresses:
            query = {"q": address, "format": "json"}
            reply = client.get(f"{base_url}/search", params=query)
            reply.raise_for_status()
            places = reply.json()
            answer = f"{places[0]['lat']} {places[0]['lon']}" if places else "unknown"
            print(f"{reply.http_version}  {answer}  {address}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print coordinates, fetched over HTTP/2.")
    parser.add_argument("addresses", nargs="*", default=ADDRESSES, metavar="address")
    parser.add_argument("--base-url", default="https://maps.example.com", help="the geocoder")
    args = parser.parse_args()
    try:
        geocode(args.base_url, args.addresses)
    except httpx2.HTTPError as error:
        sys.exit(f"the geocoder did not answer: {error}")
