#!/usr/bin/env python3
"""Questions that the server answers, so that no message travels: SEARCH, SORT, THREAD.

    python3 imap_search.py mail.example.com brandon Lists
    python3 imap_search.py mail.example.com brandon Lists FROM zoe SINCE 1-Jan-2014

Criteria are search keys (RFC 3501 section 6.4.4); several must all be true. imap_easy.py
builds them for you.
"""

import argparse
from typing import Any

from imapclient import IMAPClient
from mailbox_login import ACCOUNT, logged_in


def outline(thread: Any, depth: int = 0) -> None:
    """RFC 5256 section 4: a message's answers follow it, branches are in brackets."""
    for one in thread:
        if isinstance(one, tuple):
            outline(one, depth)
        else:
            print("  " * (depth + 1), one)
            depth += 1


def main(client: IMAPClient, folder: str, criteria: list[str]) -> None:
    client.select_folder(folder, readonly=True)
    print("SEARCH:", client.search(criteria))
    for order in ("SUBJECT", "REVERSE DATE", "SIZE"):
        print(f"SORT by {order}:", client.sort(order, criteria))
    print("THREAD:")
    for thread in client.thread("REFERENCES", criteria):
        outline(thread)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Let the server search, sort and thread a folder.", parents=[ACCOUNT]
    )
    parser.add_argument("folder", help="INBOX, for example")
    parser.add_argument("criteria", nargs="*", default=["ALL"], help="search keys (ALL)")
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client, args.folder, args.criteria)
