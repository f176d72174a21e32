#!/usr/bin/env python3
"""Hand over files with a message each to a mailbox, as a mail server does at the very end: LMTP.

    python3 lmtp_deliver.py localhost:24 brandon /home/brandon/Maildir/cur/*

LMTP (RFC 2033) is SMTP for the last few metres: it answers for each recipient by itself.
"""

import argparse
import smtplib
import sys
from pathlib import Path


def main(host: str, port: int, user: str, files: list[Path]) -> None:
    with smtplib.LMTP(host, port) as lmtp:
        for file in files:
            lmtp.sendmail("", [user], file.read_bytes())
    print(f"{len(files)} delivered to {user}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Deliver messages by LMTP.")
    parser.add_argument("server", metavar="HOST:PORT", help="where mailboxes are filled")
    parser.add_argument("user", help="whose mailbox")
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="a message")
    args = parser.parse_args()
    host, _, port = args.server.rpartition(":")
    if not (host and port.isdecimal()):
        parser.error("the server is HOST:PORT")
    try:
        main(host, int(port), args.user, args.files)
    except smtplib.SMTPException as error:
        sys.exit(f"{args.server}: {error}")
    except OSError as error:
        sys.exit(f"{error.filename or args.server}: {error.strerror or error}")
