#!/usr/bin/env python3
"""Download a file, byte for byte.

    python3 binarydl.py [HOST] [PATH]

It is silent, and overwrites nothing.
"""

import argparse
import posixpath
from ftplib import FTP

from ftp_session import SERVER, session
from new_file import new_file


def main(ftp: FTP, path: str) -> None:
    ftp.login()
    with new_file(posixpath.basename(path)) as file:
        ftp.retrbinary(f"RETR {path}", file.write)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Download any file.", parents=[SERVER])
    default = "/pub/software/patch8.gz"
    parser.add_argument("path", nargs="?", default=default, help=f"({default})")
    args = parser.parse_args()
    with session(args) as ftp:
        main(ftp, args.path)
