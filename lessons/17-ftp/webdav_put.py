#!/usr/bin/env python3
"""Upload by WebDAV, which is HTTP with folders: MKCOL, PUT, PROPFIND.

    python3 webdav_put.py https://HOST/FOLDER/ USER FILE

The folder is made if it is not there. A file that is there is not overwritten.
"""

import argparse
import getpass
import sys
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

DAV = "{DAV:}"


def main(url: str, user: str, password: str, local: Path) -> None:
    import httpx2

    try:
        with httpx2.Client(auth=(user, password), timeout=30) as http, local.open("rb") as file:
            made = http.request("MKCOL", url)
            print("MKCOL", made.status_code, made.reason_phrase)
            if made.status_code != 405:  # RFC 4918 §9.3.1: 405, there is something already
                made.raise_for_status()
            # RFC 9110 §13.1.2: only if nothing has this name, and the server is to check it.
            new = {"If-None-Match": "*"}
            put = http.put(url + quote(local.name), content=file, headers=new)
            print("PUT", put.status_code, put.reason_phrase)
            listing = http.request("PROPFIND", url, headers={"Depth": "1"})
            print("PROPFIND", listing.status_code, listing.reason_phrase)
            for item in ElementTree.fromstring(listing.raise_for_status().content):
                size = item.findtext(f".//{DAV}getcontentlength")
                print(f"{size or 'folder':>8} {item.findtext(DAV + 'href')}")
            put.raise_for_status()
    except (httpx2.HTTPError, OSError) as error:
        sys.exit(str(error).partition("\n")[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Upload a file by WebDAV.")
    parser.add_argument("url", help="the folder, https://…/")
    parser.add_argument("user", help="whose account; the password is asked for")
    parser.add_argument("file", type=Path, help="what to upload")
    args = parser.parse_args()
    if not args.url.startswith("https://"):
        parser.error("the password goes along with each request, so the URL must be https://…")
    try:
        password = getpass.getpass(f"Enter password for {args.user}: ")
        main(args.url.rstrip("/") + "/", args.user, password, args.file)
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
