#!/usr/bin/env python3
"""A mail program in three loops: choose a folder, a message, a part. Nothing is changed.

    python3 simple_client.py mail.example.com brandon

Only what is looked at is transferred. An empty line, or q, goes back.
"""

import argparse
from contextlib import suppress
from email import message_from_bytes
from email.policy import default

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from mailbox_login import ACCOUNT, logged_in, shown
from structure import parts

RULER = "-" * 72
HEAD = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


def ask(question: str) -> str:
    answer = ""
    with suppress(EOFError):
        answer = input(f"{question}: ").strip()
    return "" if answer == "q" else answer


def explore_message(client: IMAPClient, uid: int) -> None:
    found = client.fetch([uid], ["BODYSTRUCTURE", "FLAGS"])
    if uid not in found:
        print("No message has this UID")
        return
    print("Flags:", " ".join(map(shown, found[uid][b"FLAGS"])) or "none")
    print("Structure:", "HEADER", *parts(found[uid][b"BODYSTRUCTURE"]), sep="\n  ")
    while name := ask("Part"):
        try:
            data = client.fetch([uid], [f"BODY.PEEK[{name}]"])[uid]
        except IMAPClientError as error:
            print("Error:", error)
            continue
        content = data.get(f"BODY[{name.upper()}]".encode()) or b"(No such section)"
        print(RULER, *map(shown, content.splitlines()), RULER, sep="\n")


def explore_folder(client: IMAPClient, folder: str) -> None:
    client.select_folder(folder, readonly=True)
    wanted = [HEAD, "FLAGS", "INTERNALDATE", "RFC822.SIZE"]
    for uid, data in sorted(client.fetch(client.search("ALL"), wanted).items()):
        raw = next(value for key, value in data.items() if key.startswith(b"BODY["))
        head = message_from_bytes(raw, policy=default)
        size, came = data[b"RFC822.SIZE"], data[b"INTERNALDATE"]
        print(f"{uid:>4}  {came:%d %b %Y}  {size} bytes ", *map(shown, data[b"FLAGS"]))
        print("      From:", shown(head["From"]))
        print("      Subject:", shown(head["Subject"]))
    while answer := ask("UID"):
        if answer.isdecimal():
            explore_message(client, int(answer))
        else:
            print("Please type a number")


def main(client: IMAPClient) -> None:
    while True:
        for flags, _, name in sorted(client.list_folders(), key=lambda found: found[2]):
            print(f"  {name:<14}", *map(shown, flags))
        if not (folder := ask("Folder")):
            return
        try:
            explore_folder(client, folder)
        except IMAPClientError as error:
            print("Error:", error)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Look into folders, messages and their parts.", parents=[ACCOUNT]
    )
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client)
