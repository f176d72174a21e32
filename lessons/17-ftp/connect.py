#!/usr/bin/env python3
"""Call an FTP server, log in as anybody may, and ask where one stands.

    python3 connect.py [HOST]

Without HOST it is ftp.example.com.
"""

import argparse
import sys
from contextlib import suppress
from ftplib import FTP, all_errors


def main(host: str) -> None:
    with FTP(host, timeout=30) as ftp:  # says QUIT at the end
        print("Welcome:", ftp.getwelcome())
        ftp.login()  # without a name: anonymous
        print("Current working directory:", ftp.pwd())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in to an FTP server, anonymously.")
    parser.add_argument("host", nargs="?", default="ftp.example.com", help="(ftp.example.com)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host)
        except all_errors as error:
            sys.exit(f"{args.host}: {getattr(error, 'strerror', None) or error}")
