#!/usr/bin/env python3
"""Wait for new mail without asking again and again: the server speaks up (RFC 2177, IDLE).

    python3 imap_idle.py mail.example.com brandon

The wait is renewed before somebody on the way, or the server, takes the silence for the end.
"""

import argparse

from imapclient import IMAPClient
from mailbox_login import ACCOUNT, logged_in, shown


def show_new(client: IMAPClient, following: int) -> int:
    """The messages from UID *following* on; returns the next one to expect."""
    # "n:*" always finds the last message, even if it is older than n (RFC 3501 section 6.4.8).
    new = [uid for uid in client.search(["UID", f"{following}:*"]) if uid >= following]
    for uid, data in sorted(client.fetch(new, ["ENVELOPE"]).items()):
        envelope = data[b"ENVELOPE"]
        sender = envelope.from_[0] if envelope.from_ else "nobody"
        print(f"New: {uid}, from {shown(sender)}: {shown(envelope.subject)}", flush=True)
    return max(new, default=following - 1) + 1


def main(client: IMAPClient, folder: str, patience: float) -> None:
    info = client.select_folder(folder, readonly=True)
    following = info[b"UIDNEXT"]
    print(f"{info[b'EXISTS']} messages, waiting for more", flush=True)
    while True:
        client.idle()
        answers = client.idle_check(timeout=patience)
        client.idle_done()  # while it lasts, no other command may be sent
        if not answers:
            print("Nothing new; renewed", flush=True)
        for answer in answers:
            if answer[1] == b"EXISTS":
                print(f"The server says: {answer[0]} messages", flush=True)
        following = show_new(client, following)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Wait for new mail with IDLE.", parents=[ACCOUNT])
    parser.add_argument("--folder", default="INBOX", help="the one to watch (INBOX)")
    parser.add_argument("--renew", type=float, default=240, help="seconds between two waits (240)")
    args = parser.parse_args()
    with logged_in(args.host, args.user) as client:
        main(client, args.folder, args.renew)
