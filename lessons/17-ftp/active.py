#!/usr/bin/env python3
"""Fetch a list the other way round: the client listens, and the server calls (PORT).

    python3 active.py [HOST] [-p PORT] [--tls]

At port 21 a modem on the way may help; elsewhere, and under TLS, it cannot.
"""

import argparse
import ssl
from ftplib import FTP, FTP_TLS

from ftp_session import SERVER, session


def main(ftp: FTP) -> None:
    ftp.login()
    ftp.set_debuglevel(1)
    ftp.set_pasv(False)
    ftp.retrlines("NLST")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List in active mode.", parents=[SERVER])
    parser.add_argument("--tls", action="store_true", help="hide what is said, also from a modem")
    args = parser.parse_args()
    tls = FTP_TLS(context=ssl.create_default_context(), timeout=30)
    with session(args, tls if args.tls else None) as ftp:
        main(ftp)
