#!/usr/bin/env python3
"""Upload a file, with the data connection in our hands and one line of progress.

    python3 advbinaryul.py HOST USER FILE FOLDER [--clear]

It sends 8192 bytes at a time.
"""

import argparse
import ssl
from ftplib import FTP
from pathlib import Path

from ftp_account import ACCOUNT, logged_in


def main(ftp: FTP, local: Path) -> None:
    total, sent = local.stat().st_size, 0
    ftp.voidcmd("TYPE I")
    with local.open("rb") as file, ftp.transfercmd(f"STOR {local.name}") as data:
        while block := file.read(8192):
            data.sendall(block)
            sent += len(block)
            print(f"\rSent {sent} of {total} bytes ({sent / total:.1%})", end="", flush=True)
        if isinstance(data, ssl.SSLSocket):
            data.unwrap()  # TLS's own goodbye; the end of TCP alone could be anybody's doing
    print()
    ftp.voidresp()  # 226, or the disk was full


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Upload a file.", parents=[ACCOUNT])
    args = parser.parse_args()
    with logged_in(args) as ftp:
        main(ftp, args.file)
