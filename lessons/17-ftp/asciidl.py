#!/usr/bin/env python3
"""Download a text, line by line, with the line ends of this computer.

    python3 asciidl.py [HOST] [PATH]

It is silent, and overwrites nothing.
"""

import argparse
import os
import posixpath
from ftplib import FTP

from ftp_session import SERVER, session
from new_file import new_file


def main(ftp: FTP, path: str) -> None:
    ftp.login()
    ftp.encoding = "latin-1"  # each byte is one character, there and back: all texts survive
    with new_file(posixpath.basename(path)) as file:

        def write(line: str) -> None:
            file.write((line + os.linesep).encode(ftp.encoding))

        ftp.retrlines(f"RETR {path}", write)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Download a text file.", parents=[SERVER])
    parser.add_argument("path", nargs="?", default="/README", help="(/README)")
    args = parser.parse_args()
    with session(args) as ftp:
        main(ftp, args.path)
