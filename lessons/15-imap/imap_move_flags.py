#!/usr/bin/env python3
"""The life of a note: APPEND it, change its flags, MOVE it, and destroy it.

    python3 imap_move_flags.py mail.example.com brandon

Folders are found by what they are for (RFC 6154), whatever they are called.
"""

import argparse
import sys
from datetime import UTC, datetime
from email.message import EmailMessage

from imapclient import DELETED, DRAFT, FLAGGED, SEEN, IMAPClient
from imapclient.imapclient import DRAFTS, TRASH
from mailbox_login import ACCOUNT, logged_in


def note() -> bytes:
    message = EmailMessage()
    message["From"] = message["To"] = "brandon@example.com"
    message["Subject"] = "A note to myself"
    message.set_content("Ask the administrator what a Maildir is.\n")
    return message.as_bytes()


def flags(client: IMAPClient, uid: int) -> str:
    found = client.get_flags([uid])
    # \Recent is the server's own remark; IMAP4rev2 has done away with it.
    return " ".join(sorted(flag.decode() for flag in found[uid] if flag != rb"\Recent"))


def main(client: IMAPClient) -> None:
    drafts = client.find_special_folder(DRAFTS)
    trash = client.find_special_folder(TRASH)
    if not drafts or not trash:
        sys.exit("This account says of no folder that it is for drafts, or for trash")
    print(f"{drafts!r} is for drafts, {trash!r} is for trash")
    # RFC 4315: the answer tells the new message's UID.
    answer = client.append(drafts, note(), [DRAFT], datetime(2014, 3, 1, 12, 0, tzinfo=UTC))
    print("APPEND:", answer.decode())
    client.select_folder(drafts)  # not read-only: now we mean to change things
    uid = max(client.search(["SUBJECT", "A note to myself"]))
    print("Flags now:", flags(client, uid))
    client.add_flags([uid], [SEEN, FLAGGED, b"$Later"])
    print("Flags now:", flags(client, uid))
    client.remove_flags([uid], [FLAGGED, DRAFT])
    print("Flags now:", flags(client, uid))
    client.move([uid], trash)  # RFC 6851: one step, where COPY, STORE and EXPUNGE were three
    print(f"In {drafts!r}:", client.search(["KEYWORD", "$Later"]))
    client.select_folder(trash)
    moved = client.search(["KEYWORD", "$Later"])
    print(f"In {trash!r}:", moved, flags(client, moved[0]))
    client.add_flags(moved, [DELETED])  # a mark, no more
    print("Marked:", flags(client, moved[0]))
    client.uid_expunge(moved)  # these, and not whatever else is marked
    print("Destroyed; left:", client.search(["KEYWORD", "$Later"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Append, flag, move and destroy a message.", parents=[ACCOUNT]
    )
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client)
