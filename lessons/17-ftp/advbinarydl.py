#!/usr/bin/env python3
"""Download a large file: with the data connection in our hands, progress, and REST to go on.

    python3 advbinarydl.py [HOST] [PATH]

What has come stays in NAME.part until it is all; the next run goes on there.
"""

import argparse
import os
import posixpath
import sys
from ftplib import FTP

from ftp_session import SERVER, session


def progress(done: int, total: int | None) -> str:
    return f"{done} of {total} total bytes ({done / total:.1%})" if total else f"{done} bytes"


def main(ftp: FTP, path: str, name: str) -> None:
    ftp.login()
    ftp.voidcmd("TYPE I")  # image: the bytes as they are; also SIZE counts those
    total = ftp.size(path)
    with open(name + ".part", "ab") as file:
        done = file.tell()  # opened to append, so this is its size
        if done:
            print("Going on at byte", done)
        data, _ = ftp.ntransfercmd(f"RETR {path}", rest=done or None)
        with data:
            while block := data.recv(65536):
                done += file.write(block)
                print(f"\rReceived {progress(done, total)}", end="", flush=True)
        print()
    ftp.voidresp()  # 226: the server, too, thinks that this was all
    if total is not None and done != total:
        sys.exit(f"{name} should have {total} bytes")
    os.rename(name + ".part", name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Download a large file.", parents=[SERVER])
    default = "/pub/astronomy/dark-frame.fits"
    parser.add_argument("path", nargs="?", default=default, help=f"({default})")
    args = parser.parse_args()
    name = posixpath.basename(args.path)
    if os.path.exists(name):
        sys.exit(f"refusing to overwrite your {name} file")
    with session(args) as ftp:
        main(ftp, args.path, name)
