#!/usr/bin/env python3
"""A very small bank: an SQLite file that says who has paid whom how much, and what for.

    python3 bank.py --db /tmp/bank.db

prints the payments that brandon has made or got. All web sites of this chapter use this module.
"""

import argparse
import re
import sqlite3
import sys
from contextlib import closing
from typing import NamedTuple

PASSWORDS = {"brandon": "atigdng", "sam": "xyzzy"}  # legible: app_hardened.py does better
SCHEMA = """CREATE TABLE payment (
    id INTEGER PRIMARY KEY, debit TEXT NOT NULL, credit TEXT NOT NULL,
    dollars INTEGER NOT NULL CHECK (dollars > 0), memo TEXT NOT NULL) STRICT"""
FIRST = [
    ("brandon", "psf", 125, "PyCon ticket"),
    ("brandon", "liz", 200, "The code for our shop"),
    ("sam", "brandon", 25, "My half of the petrol"),
]


class Payment(NamedTuple):
    id: int
    debit: str
    credit: str
    dollars: int
    memo: str


def open_database(path: str) -> sqlite3.Connection:
    """The bank in the file *path*; a new one has three payments."""
    db = sqlite3.connect(path)
    with db:
        db.execute("BEGIN IMMEDIATE")  # two programs may open a new file at the same time
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'payment'").fetchone():
            db.execute(SCHEMA)
            for payment in FIRST:
                add_payment(db, *payment)
    return db


def add_payment(db: sqlite3.Connection, debit: str, credit: str, dollars: int, memo: str) -> None:
    """Write a payment down. It counts when the caller commits."""
    values = (debit, credit, dollars, memo)
    db.execute("INSERT INTO payment (debit, credit, dollars, memo) VALUES (?, ?, ?, ?)", values)


def get_payments_of(db: sqlite3.Connection, account: str) -> list[Payment]:
    query = "SELECT * FROM payment WHERE ? IN (debit, credit) ORDER BY id"
    return [Payment(*row) for row in db.execute(query, (account,))]


def mistake_in(account: str, dollars: str, memo: str) -> str:
    """What to tell somebody who has filled in a payment like this; nothing if it is right."""
    if not (account and dollars and memo):
        return "Please fill in all three fields"
    if not re.fullmatch("[1-9][0-9]{0,8}", dollars):  # str.isdigit() would take a '²'
        return "Dollars must be an integer"
    return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print brandon's payments.")
    parser.add_argument("--db", default="bank.db", help="the SQLite file (bank.db)")
    args = parser.parse_args()
    try:
        with closing(open_database(args.db)) as db:
            for payment in get_payments_of(db, "brandon"):
                print(payment)
    except sqlite3.Error as error:
        sys.exit(f"{args.db}: {error}")
