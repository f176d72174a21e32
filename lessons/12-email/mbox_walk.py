#!/usr/bin/env python3
"""Walk through a mailbox, an mbox file or a Maildir, whatever is wrong with its messages.

python3 mbox_walk.py sample.mbox
python3 mbox_walk.py ~/Maildir
"""

import argparse
import email
import email.policy
import mailbox
import re
import sys
from email.message import EmailMessage, Message
from pathlib import Path


def first_line(message: Message) -> str:
    """The first line of the text, by the charset it claims, or by a guess."""
    body = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
    data = None if body is None else body.get_payload(decode=True)
    if body is None or not isinstance(data, bytes):
        return "(no text)"
    for charset in (body.get_content_charset("us-ascii"), "utf-8"):
        try:
            return data.decode(charset).partition("\n")[0].rstrip()
        except (LookupError, ValueError):  # unknown, or a lie
            continue
    return data.decode("latin-1").partition("\n")[0].rstrip() + " (charset guessed)"


def printable(text: object) -> str:
    return "".join(c if c.isprintable() else "�" for c in str(text))


def show(box: mailbox.Maildir | mailbox.mbox, name: str) -> None:
    print(f"{name} ({len(box)})")
    for key in sorted(box.keys()):
        # The box's own messages are of the old kind; of its bytes we make new ones.
        message = email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
        found = box.get_message(key)
        print(f"  {found.get_flags():3} {printable(message.get('From', '(nobody)'))}")
        print(f"      {printable(message.get('Subject', '(none)'))}")
        print(f"      {printable(first_line(message))}")


def readable(folder: str) -> str:
    """Folder names are in a UTF-7 of their own: & for +, a comma for the slash."""
    return re.sub(
        "&([^-]*)-",
        lambda m: f"+{m[1].replace(',', '/')}-".encode().decode("utf-7") if m[1] else "&",
        folder,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List the messages of a mailbox.")
    parser.add_argument("path", type=Path, help="an mbox file, or a Maildir folder")
    args = parser.parse_args()
    try:
        if args.path.is_dir():
            maildir = mailbox.Maildir(args.path, create=False)
            show(maildir, "INBOX")
            for folder in sorted(maildir.list_folders()):
                show(maildir.get_folder(folder), readable(folder))
        else:
            show(mailbox.mbox(args.path, create=False), args.path.name)
    except (OSError, mailbox.Error) as error:
        sys.exit(f"{args.path}: not a mailbox that I can read ({type(error).__name__})")
