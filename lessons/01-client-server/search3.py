#!/usr/bin/env python3
"""Where is this address? Layer 3: HTTP itself. Host, method, path, query, status: all by hand.

    python3 search3.py "207 N. Defiance St, Archbold, OH"

Only the standard library. The connection is still somebody else's business.
"""

import argparse
import http.client
import json
import ssl
import sys
from urllib.parse import urlencode

ADDRESS = "207 N. Defiance St, Archbold, OH"


def geocode(host: str, address: str) -> None:
    path = "/search?" + urlencode({"q": address, "format": "json"})
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(host, timeout=10, context=context)
    try:
        connection.request("GET", path, headers={"User-Agent": "netplay-lessons/search3.py"})
        reply = connection.getresponse()
        raw = reply.read()
    finally:
        connection.close()
    if reply.status != 200:
        sys.exit(f"the geocoder said {reply.status} {reply.reason}")
    places = json.loads(raw.decode("utf-8"))
    if not places:
        sys.exit(f"the geocoder does not know {address!r}")
    print(places[0]["lat"], places[0]["lon"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print an address's latitude and longitude.")
    parser.add_argument("address", nargs="?", default=ADDRESS)
    parser.add_argument("--host", default="maps.example.com", help="the geocoder's name")
    args = parser.parse_args()
    try:
        geocode(args.host, args.address)
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"the geocoder did not answer: {error}")
