#!/usr/bin/env python3
"""The same with IMAPClient, which understands the answers: capabilities, and a table of folders.

python3 open_imap.py mail.example.com brandon
"""

import argparse
import getpass
import ssl
import sys
import textwrap
from contextlib import suppress

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError


def main(host: str, user: str) -> None:
    context = ssl.create_default_context()
    with IMAPClient(host, ssl_context=context, timeout=30) as client:  # LOGOUT at the end
        client.login(user, getpass.getpass())
        # After the login a server offers more than before it.
        names = " ".join(sorted(name.decode() for name in client.capabilities()))
        print(textwrap.fill(f"Capabilities: {names}", 79, break_on_hyphens=False))
        print("Folders:")
        for flags, delimiter, name in sorted(client.list_folders(), key=lambda row: row[2]):
            shown = " ".join(flag.decode() for flag in flags)
            print(f"  {shown:<28} {delimiter.decode()}  {name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List the folders of a mailbox.")
    parser.add_argument("host", help="the IMAP server; port 993 is taken")
    parser.add_argument("user", help="whose mail; the password is asked for")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.host, args.user)
        except LoginError as error:
            sys.exit("Could not log in: " + str(error).removeprefix("b'").removesuffix("'"))
        except (IMAPClientError, OSError, EOFError) as error:
            sys.exit(f"{args.host}: {getattr(error, 'verify_message', None) or error}")
