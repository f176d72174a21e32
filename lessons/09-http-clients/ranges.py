#!/usr/bin/env python3
"""Download a file; if it breaks off, go on where it ended: Range, 206 and If-Range.

python3 ranges.py http://www.example.com/site/gpl-3.txt /tmp/gpl --stop-after 10000
python3 ranges.py http://www.example.com/site/gpl-3.txt /tmp/gpl
"""

import argparse
import sys
from pathlib import Path

import httpx2


def main(url: str, file: Path, stop: int | None) -> None:
    part = file.with_name(file.name + ".part")
    note = file.with_name(file.name + ".etag")
    have = part.stat().st_size if part.exists() and note.exists() else 0
    # A range counts the bytes that are sent, so no compression; and of this version alone.
    ask = {"Accept-Encoding": "identity"}
    if have:
        ask |= {"Range": f"bytes={have}-", "If-Range": note.read_text()}
        print(f"> Range: {ask['Range']}")
    with httpx2.stream("GET", url, headers=ask, follow_redirects=True) as response:
        span = response.headers.get("content-range", "all of it")
        print(f"< {response.status_code} {response.reason_phrase}: {span}")
        if response.status_code == 416 and span == f"bytes */{have}":
            finish(part, note, file)  # it broke off behind the last byte
            return
        response.raise_for_status()
        goes_on = response.status_code == 206
        if goes_on and not span.startswith(f"bytes {have}-"):  # RFC 9110 §15.3.7: look first
            sys.exit(f"{url}: asked for what follows byte {have}, but got {span}")
        note.unlink(missing_ok=True)
        etag = response.headers.get("etag", "")
        if etag and not etag.startswith("W/"):  # a weak one may mean other bytes
            note.write_text(etag)
        with part.open("ab" if goes_on else "wb") as output:
            for chunk in response.iter_bytes(1000):
                output.write(chunk)
                if stop and output.tell() >= stop:
                    sys.exit(f"stopped on purpose, with {output.tell()} bytes in {part}")
    if goes_on and not span.endswith(f"/{part.stat().st_size}"):
        sys.exit(f"{part} has got longer, and is not complete: once more, please")
    finish(part, note, file)


def finish(part: Path, note: Path, file: Path) -> None:
    note.unlink(missing_ok=True)
    part.replace(file)
    print(f"{file} is complete: {file.stat().st_size} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Download a file, and go on after a break.")
    parser.add_argument("url", help="http:// or https://")
    parser.add_argument("file", type=Path, help="where to put it")
    parser.add_argument("--stop-after", type=int, metavar="N", help="break off after N bytes")
    args = parser.parse_args()
    try:
        main(args.url, args.file, args.stop_after)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        sys.exit(f"{args.url}: {str(error).splitlines()[0]}")
