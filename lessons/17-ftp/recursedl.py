#!/usr/bin/env python3
"""Walk a tree of folders on a server, and copy all of it.

    python3 recursedl.py [HOST] [FOLDER] [-n]

It appears in the current folder under its last name. Files that are there already are kept.
"""

import argparse
import posixpath
from ftplib import FTP
from pathlib import Path

from ftp_entries import entries
from ftp_session import SERVER, session
from new_file import new_file


def walk(ftp: FTP, folder: str, local: Path, dry_run: bool) -> None:
    found = list(entries(ftp, folder))  # all of them, before we move on
    print(folder)
    if not dry_run:
        local.mkdir(exist_ok=True)
    for name, is_folder in found:
        there, here = posixpath.join(folder, name), local / name
        if is_folder:
            walk(ftp, there, here, dry_run)
        elif not dry_run and not here.exists():
            with new_file(str(here)) as file:
                ftp.retrbinary(f"RETR {there}", file.write)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Copy a tree of folders.", parents=[SERVER])
    parser.add_argument("folder", nargs="?", default="/pub/maps", help="(/pub/maps)")
    parser.add_argument("-n", action="store_true", help="print the folders, copy nothing")
    args = parser.parse_args()
    with session(args) as ftp:
        ftp.login()
        walk(ftp, args.folder, Path(posixpath.basename(args.folder.rstrip("/"))), args.n)
