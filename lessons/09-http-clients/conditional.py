#!/usr/bin/env python3
"""Fetch a page, but only if it is not the one that we have: ETag, Last-Modified and 304.

python3 conditional.py http://www.example.com/site/gpl-3.txt /tmp/copy      the whole page
python3 conditional.py http://www.example.com/site/gpl-3.txt /tmp/copy      not a byte of it
"""

import argparse
import json
import sys
from pathlib import Path

import httpx2

QUESTIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


def main(url: str, copy: Path) -> None:
    note = copy.with_name(copy.name + ".validators")
    known = json.loads(note.read_text()) if note.exists() and copy.exists() else {}
    ask = {QUESTIONS[name]: value for name, value in known.items()}
    for name, value in ask.items():
        print(f"> {name}: {value}")
    response = httpx2.get(url, headers=ask, follow_redirects=True)
    print(f"< {response.status_code} {response.reason_phrase}, {len(response.content)} bytes")
    if response.status_code == 304:  # RFC 9110 §15.4.5: there is no body, use what you have
        print(f"{copy} is still right: {copy.stat().st_size} bytes")
        return
    response.raise_for_status()
    known = {name: response.headers[name] for name in QUESTIONS if name in response.headers}
    for name, value in known.items():
        print(f"< {name}: {value}")
    copy.write_bytes(response.content)
    note.write_text(json.dumps(known))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch what is new, and only that.")
    parser.add_argument("url", help="http:// or https://")
    parser.add_argument("copy", type=Path, help="the file that we keep it in")
    args = parser.parse_args()
    try:
        main(args.url, args.copy)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        sys.exit(f"{args.url}: {str(error).splitlines()[0]}")
