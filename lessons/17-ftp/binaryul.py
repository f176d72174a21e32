#!/usr/bin/env python3
"""Upload a file, over TLS if nobody says otherwise.

    python3 binaryul.py HOST USER FILE FOLDER [--clear]

The password is asked for. With --clear everybody on the way can read it.
"""

import argparse
from ftplib import FTP
from pathlib import Path

from ftp_account import ACCOUNT, logged_in


def main(ftp: FTP, local: Path) -> None:
    with local.open("rb") as file:
        ftp.storbinary(f"STOR {local.name}", file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Upload a file.", parents=[ACCOUNT])
    args = parser.parse_args()
    with logged_in(args) as ftp:
        main(ftp, args.file)
