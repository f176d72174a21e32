#!/usr/bin/env python3
"""List a folder twice: in words for people (LIST), and in facts for programs (MLSD).

    python3 dir.py [HOST] [FOLDER]

Not every server has MLSD.
"""

import argparse
from ftplib import FTP, error_perm

from ftp_session import SERVER, session


def main(ftp: FTP, folder: str) -> None:
    ftp.login()
    ftp.cwd(folder)
    entries = list[str]()
    ftp.dir(entries.append)
    print(len(entries), "entries:")
    print(*entries, sep="\n")
    print()
    try:
        for name, facts in sorted(ftp.mlsd()):
            print(f"{facts['type']:4} {facts.get('size', '-'):>8} {facts['modify']} {name}")
    except error_perm as error:
        print("No MLSD here:", error)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List a folder of a server.", parents=[SERVER])
    parser.add_argument("folder", nargs="?", default="/pub/astronomy", help="(/pub/astronomy)")
    args = parser.parse_args()
    with session(args) as ftp:
        main(ftp, args.folder)
