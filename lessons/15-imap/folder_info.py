#!/usr/bin/env python3
"""What a server says about a folder when it is opened, without changing anything in it.

python3 folder_info.py mail.example.com brandon INBOX
"""

import argparse

from imapclient import IMAPClient
from mailbox_login import ACCOUNT, logged_in


def decoded(value: object) -> str:
    """IMAPClient keeps the server's bytes; people want to read text."""
    if isinstance(value, tuple | list):
        text = " ".join(map(decoded, value))
        return f"({text})" if isinstance(value, tuple) else text
    return value.decode() if isinstance(value, bytes) else str(value)


def main(client: IMAPClient, folder: str) -> None:
    # readonly: the command is EXAMINE, not SELECT, and no flag can change by accident.
    info = client.select_folder(folder, readonly=True)
    for key, value in sorted(info.items()):
        print(f"{decoded(key)}: {decoded(value)}".removesuffix(": "))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Open a folder, read-only, and print what the server says about it.",
        parents=[ACCOUNT],
    )
    parser.add_argument("folder", help="INBOX, for example")
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client, args.folder)
