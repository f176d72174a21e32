#!/usr/bin/env python3
"""Fetch all messages of a folder, and print a line or two about each.

    python3 folder_summary.py mail.example.com brandon INBOX

It carries every byte across the network to print sixty: simple_client.py does better.
"""

import argparse
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from imapclient import IMAPClient
from mailbox_login import ACCOUNT, logged_in, shown


def summary(message: EmailMessage) -> str:
    """The types of the parts, or how the text begins."""
    if message.is_multipart():
        return "Parts: " + " ".join(part.get_content_type() for part in message.iter_parts())
    if message.get_content_maintype() != "text":
        return "One part: " + message.get_content_type()
    try:
        text = message.get_content()
    except LookupError:  # a character set that nobody knows
        text = message.get_payload()
    return shown(" ".join(text.split()))[:60] + " ..."


def main(client: IMAPClient, folder: str) -> None:
    client.select_folder(folder, readonly=True)
    # PEEK: to have looked is not to have read, so \Seen stays as it is.
    found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    for uid, data in sorted(found.items()):
        message = message_from_bytes(data[b"BODY[]"], policy=default)
        print(f"{uid}: {shown(message['From'])}")
        print("   ", summary(message))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Summarise the messages of a folder.", parents=[ACCOUNT]
    )
    parser.add_argument("folder", help="INBOX, for example")
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client, args.folder)
