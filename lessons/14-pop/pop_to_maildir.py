#!/usr/bin/env python3
"""Empty the mailbox into a Maildir, so that at no moment a message exists nowhere.

    python3 pop_to_maildir.py mail.example.com brandon /tmp/inbox

Write, fsync, then DELE. After a power cut a message may be in both places, but never in none.
"""

import argparse
import os
import poplib
import sys
import uuid
from mailbox import Maildir
from pathlib import Path

from pop_login import ACCOUNT, logged_in


def save(maildir: Path, lines: list[bytes]) -> None:
    name = uuid.uuid4().hex  # any name that nobody else will ever use
    written = maildir / "tmp" / name
    try:
        with written.open("xb") as file:
            file.write(b"\n".join(lines) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        written.rename(maildir / "new" / name)
    except OSError:
        written.unlink(missing_ok=True)
        raise
    folder = os.open(maildir / "new", os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)  # its list of names
    os.close(folder)


def drain(pop: poplib.POP3, maildir: Path) -> tuple[int, OSError | None]:
    """How many were saved, and what has stopped us."""
    lines = pop.list()[1]
    for saved, line in enumerate(lines):
        number = int(line.split()[0])
        content = pop.retr(number)[1]
        try:
            save(maildir, content)
        except OSError as problem:  # of our disk; those that are saved may still be deleted
            return saved, problem
        pop.dele(number)
    return len(lines), None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Move messages to a Maildir.", parents=[ACCOUNT])
    parser.add_argument("maildir", type=Path, help="made, if it isn't there")
    args = parser.parse_args()
    try:
        Maildir(args.maildir)  # with its three folders: tmp, new and cur
    except OSError as error:
        parser.error(str(error))
    with logged_in(args.hostname, args.username) as pop:
        saved, problem = drain(pop, args.maildir)
    print(f"{saved} moved to {args.maildir}")
    if problem:
        sys.exit(f"The others stay on the server: {problem}")
