#!/usr/bin/env python3
"""The raw protocol: log in with Python's own imaplib, and list the folders.

    python3 open_imaplib.py mail.example.com brandon

imaplib sends commands and hands over the server's lines as they came: bytes, to be parsed by you.
"""

import argparse
import getpass
import imaplib
import ssl
import sys
from contextlib import suppress


def main(host: str, user: str) -> None:
    context = ssl.create_default_context()  # imaplib's own would check nothing
    with imaplib.IMAP4_SSL(host, ssl_context=context, timeout=30) as connection:
        print("Capabilities:", " ".join(connection.capabilities))
        connection.login(user, getpass.getpass())
        print("Listing mailboxes")
        status, lines = connection.list()
        print("Status:", repr(status))
        for line in sorted(line for line in lines if isinstance(line, bytes)):
            print("Data:", line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List the folders of a mailbox, with imaplib.")
    parser.add_argument("host", help="the IMAP server; port 993 is taken")
    parser.add_argument("user", help="whose mail; the password is asked for")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.user)
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            sys.exit(f"{args.host}: {getattr(error, 'verify_message', None) or error}")
        except imaplib.IMAP4.error as error:
            sys.exit("Could not log in: " + str(error).removeprefix("b'").removesuffix("'"))
