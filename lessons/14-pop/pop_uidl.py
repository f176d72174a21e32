#!/usr/bin/env python3
"""Fetch what is new and leave it on the server; delete what has been there long enough.

    python3 pop_uidl.py mail.example.com brandon ~/mail.db --days 14

A message's number is good for one session. Its unique id stays, so this is what we remember.
"""

import argparse
import poplib
import sqlite3
import sys
import time
from contextlib import closing

from pop_login import ACCOUNT, logged_in

TABLE = """CREATE TABLE IF NOT EXISTS message (account TEXT, uid TEXT, fetched INTEGER NOT NULL,
           content BLOB NOT NULL, PRIMARY KEY (account, uid)) STRICT"""


def synchronise(pop: poplib.POP3, account: str, db: sqlite3.Connection, keep: float) -> str:
    """Delete what was fetched *keep* seconds ago or before, and fetch what we don't have."""
    db.execute(TABLE)
    have = dict(db.execute("SELECT uid, fetched FROM message WHERE account = ?", [account]))
    now = int(time.time())
    fetched: set[str] = set()
    deleted = 0
    for line in pop.uidl()[1]:
        number, uid = line.decode().split()
        if uid in have:
            if now - have[uid] >= keep:
                pop.dele(number)
                deleted += 1
        elif uid not in fetched:  # RFC 1939 §7: two equal messages may share one uid
            content = b"\r\n".join(pop.retr(number)[1]) + b"\r\n"
            with db:  # COMMIT: on the disk before the next one is fetched
                db.execute("INSERT INTO message VALUES (?, ?, ?, ?)", [account, uid, now, content])
            fetched.add(uid)
    total = len(have) + len(fetched)
    return f"{len(fetched)} fetched, {deleted} deleted there, {total} kept here"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch new messages.", parents=[ACCOUNT])
    parser.add_argument("database", help="where messages are kept here")
    parser.add_argument("--days", type=float, default=float("inf"), help="how long there")
    args = parser.parse_args()
    account = f"{args.username}@{args.hostname}"
    try:
        with closing(sqlite3.connect(args.database)) as db:
            with logged_in(args.hostname, args.username) as pop:
                result = synchronise(pop, account, db, args.days * 86400)
            print(result)
    except sqlite3.Error as error:
        sys.exit(f"{args.database}: {error}")
