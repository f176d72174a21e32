#!/usr/bin/env python3
"""The same questions with imap_tools, which writes the criteria and parses the messages.

python3 imap_easy.py mail.example.com brandon Archive
python3 imap_easy.py mail.example.com brandon Archive --sender example.org --since 2014-08-01
"""

import argparse
import getpass
import ssl
import sys
from contextlib import suppress
from datetime import date

from imap_tools import AND, MailBox, MailboxFolderSelectError, MailboxLoginError


def main(args: argparse.Namespace) -> None:
    question = AND(
        all=True,
        from_=args.sender,
        date_gte=args.since,
        seen=False if args.unseen else None,
    )
    print("Criteria:", question)
    context = ssl.create_default_context()
    with MailBox(args.host, ssl_context=context, timeout=30) as box:
        box.login(args.user, getpass.getpass(), initial_folder=None)
        box.folder.set(args.folder, readonly=True)
        # RFC 4731: not which, but how many, the first and the last. No library knows the answer,
        # but imaplib, which is below this one, hands over what it doesn't know.
        box.client.uid("SEARCH", "RETURN (MIN MAX COUNT) CHARSET UTF-8", str(question).encode())
        for line in box.client.response("ESEARCH")[1]:
            print("ESEARCH:", line.decode().partition("UID ")[2] if line else "no answer")
        for mail in box.fetch(question, "UTF-8", mark_seen=False, bulk=True):
            names = [one.filename for one in mail.attachments if one.filename]
            print(f"{mail.uid}: {mail.date:%d %b %Y}, {mail.from_}: {mail.subject!r}", *names)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Search a folder with imap_tools.")
    parser.add_argument("host", help="the IMAP server; port 993 is taken")
    parser.add_argument("user", help="whose mail; the password is asked for")
    parser.add_argument("folder", help="INBOX, for example")
    parser.add_argument("--sender", help="part of the sender's name or address")
    parser.add_argument("--since", type=date.fromisoformat, help="came at YYYY-MM-DD or later")
    parser.add_argument("--unseen", action="store_true", help="not read yet")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args)
        except MailboxLoginError:
            sys.exit("Could not log in")
        except MailboxFolderSelectError:
            sys.exit(f"{args.host}: no folder {args.folder!r}")
        except (OSError, EOFError) as error:
            sys.exit(f"{args.host}: {getattr(error, 'verify_message', None) or error}")
