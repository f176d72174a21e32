#!/usr/bin/env python3
"""The question of search4.py with asyncio: first one address, then several at the same time.

    python3 search5.py "207 N. Defiance St, Archbold, OH" "Paris" "Nairobi"

While one answer is on its way, the program goes on with the next question.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time
from urllib.parse import urlencode

ADDRESSES = ["207 N. Defiance St, Archbold, OH", "Paris", "Nairobi"]


async def geocode(host: str, address: str) -> str:
    query = urlencode({"q": address, "format": "json"})
    lines = [
        f"GET /search?{query} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: netplay-lessons/search5.py",
        "Connection: close",
    ]
    context = ssl.create_default_context()
    reader, writer = await asyncio.open_connection(host, 443, ssl=context)
    writer.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    await writer.drain()
    raw = await reader.read()  # -1: until the server closes
    writer.close()
    await writer.wait_closed()
    places = json.loads(raw.partition(b"\r\n\r\n")[2])
    return f"{places[0]['lat']} {places[0]['lon']}" if places else "unknown"


async def main(host: str, addresses: list[str]) -> None:
    begun = time.monotonic()
    print(await geocode(host, addresses[0]))
    print(f"one answer in {time.monotonic() - begun:.3f} seconds")
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(geocode(host, address)) for address in addresses]
    for address, task in zip(addresses, tasks, strict=True):
        print(f"{task.result()}  {address}")
    print(f"{len(tasks)} answers in {time.monotonic() - begun:.3f} seconds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print several addresses' coordinates.")
    parser.add_argument("addresses", nargs="*", default=ADDRESSES, metavar="address")
    parser.add_argument("--host", default="maps.example.com", help="the geocoder's name")
    args = parser.parse_args()
    try:
        asyncio.run(main(args.host, args.addresses))
    except* OSError as group:
        sys.exit(f"the geocoder did not answer: {group.exceptions[0]}")
