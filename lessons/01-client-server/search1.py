#!/usr/bin/env python3
"""Where is this address? Layer 1: a library for the job, and no network in sight.

    python3 search1.py "207 N. Defiance St, Archbold, OH"

The lab's own geocoder is asked; on other machines try (politely: once a second, at most):

    python3 search1.py --base-url https://nominatim.openstreetmap.org "10 Downing Street, London"
"""

import argparse
import ssl
import sys
from urllib.parse import urlsplit

from geopy.exc import GeopyError
from geopy.geocoders import Nominatim

ADDRESS = "207 N. Defiance St, Archbold, OH"


def geocode(base_url: str, address: str) -> None:
    url = urlsplit(base_url)
    geocoder = Nominatim(
        scheme=url.scheme,
        domain=url.netloc,
        user_agent="netplay-lessons/search1.py",
        timeout=10,
        ssl_context=ssl.create_default_context(),
    )
    place = geocoder.geocode(address)
    if place is None:
        sys.exit(f"the geocoder does not know {address!r}")
    print(place.latitude, place.longitude)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print an address's latitude and longitude.")
    parser.add_argument("address", nargs="?", default=ADDRESS)
    parser.add_argument("--base-url", default="https://maps.example.com", help="the geocoder")
    args = parser.parse_args()
    try:
        geocode(args.base_url, args.address)
    except GeopyError as error:
        sys.exit(f"the geocoder did not answer: {error}")
