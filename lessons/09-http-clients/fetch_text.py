#!/usr/bin/env python3
"""Fetch a text with urllib, and show what was said to get it.

python3 fetch_text.py http://old.example.com/site/gpl-3.txt
"""

import argparse
import sys
import urllib.request

from urllib_verbose import VerboseHandler, VerboseTLSHandler


def main(url: str, lines: int) -> None:
    opener = urllib.request.build_opener(VerboseHandler, VerboseTLSHandler)
    with opener.open(url, timeout=10) as response:
        charset = response.headers.get_content_charset("utf-8")
        text = response.read().decode(charset, "replace")
    print(*text.splitlines()[:lines], "...", sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch a text, and show both heads.")
    parser.add_argument("url", help="http:// or https://")
    parser.add_argument("--lines", type=int, default=3, help="lines of the text to show (3)")
    args = parser.parse_args()
    try:
        main(args.url, args.lines)
    except (OSError, ValueError) as error:
        sys.exit(f"{args.url}: {error}")
