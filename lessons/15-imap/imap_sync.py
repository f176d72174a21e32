#!/usr/bin/env python3
"""Keep a copy of a folder's list in SQLite, and ask only for what has changed (RFC 7162).

    python3 imap_sync.py mail.example.com brandon INBOX /tmp/mail.db

imaplib speaks here: it hands over the answer VANISHED, for which IMAPClient has no method.
"""

import argparse
import getpass
import imaplib
import sqlite3
import ssl
import sys
from contextlib import closing, suppress

from imapclient import imap_utf7
from qresync import changes, opened, subjects

SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (name PRIMARY KEY, validity, modseq);
CREATE TABLE IF NOT EXISTS mail (folder, uid, flags, subject, PRIMARY KEY (folder, uid));
"""


def sync(imap: imaplib.IMAP4, db: sqlite3.Connection, folder: str) -> None:
    validity, modseq = opened(imap, imap_utf7.encode(folder))
    query = "SELECT modseq FROM folder WHERE (name, validity) = (?, ?)"
    (since,) = db.execute(query, (folder, validity)).fetchone() or (0,)
    if not since:  # never seen; or the UIDs mean other messages now: forget them all
        db.execute("DELETE FROM mail WHERE folder = ?", (folder,))
    known = {uid for (uid,) in db.execute("SELECT uid FROM mail WHERE folder = ?", (folder,))}
    changed, gone = changes(imap, since)
    new = subjects(imap, sorted(changed.keys() - known))
    print(f"New: {len(new)}, changed: {len(changed.keys() & known)}, gone: {len(gone & known)}")
    db.executemany("DELETE FROM mail WHERE (folder, uid) = (?, ?)", [(folder, u) for u in gone])
    db.executemany("INSERT INTO mail VALUES (?, ?, '', ?)", [(folder, *one) for one in new.items()])
    update = "UPDATE mail SET flags = ? WHERE (folder, uid) = (?, ?)"
    db.executemany(update, [(flags, folder, uid) for uid, flags in changed.items()])
    db.execute("INSERT OR REPLACE INTO folder VALUES (?, ?, ?)", (folder, validity, modseq))


def main(args: argparse.Namespace) -> None:
    context = ssl.create_default_context()
    with (
        closing(sqlite3.connect(args.database)) as db,
        imaplib.IMAP4_SSL(args.host, ssl_context=context, timeout=30) as imap,
    ):
        try:
            imap.login(args.user, getpass.getpass())
        except imaplib.IMAP4.error as error:
            sys.exit("Could not log in: " + str(error).removeprefix("b'").removesuffix("'"))
        db.executescript(SCHEMA)
        with db:  # all or nothing: rolled back if an exception comes
            sync(imap, db, args.folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bring a copy of a folder's list up to date.")
    parser.add_argument("host", help="the IMAP server; port 993 is taken")
    parser.add_argument("user", help="whose mail; the password is asked for")
    parser.add_argument("folder", help="INBOX, for example")
    parser.add_argument("database", help="an SQLite file; made if it is not there")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args)
        except sqlite3.Error as error:
            sys.exit(f"{args.database}: {error}")
        except (imaplib.IMAP4.error, OSError, EOFError) as error:
            sys.exit(f"{args.host}: {getattr(error, 'verify_message', None) or error}")
