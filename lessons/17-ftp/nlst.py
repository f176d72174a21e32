#!/usr/bin/env python3
"""List the names in a folder, and nothing but the names (NLST).

    python3 nlst.py [HOST] [FOLDER]

With -v it shows what both sides say.
"""

import argparse
from ftplib import FTP

from ftp_session import SERVER, session


def main(ftp: FTP, folder: str) -> None:
    ftp.login()
    ftp.cwd(folder)
    names = sorted(ftp.nlst())
    print(len(names), "entries:")
    print(*names, sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List names on a server.", parents=[SERVER])
    parser.add_argument("folder", nargs="?", default="/pub/astronomy", help="(/pub/astronomy)")
    args = parser.parse_args()
    with session(args) as ftp:
        main(ftp, args.folder)
