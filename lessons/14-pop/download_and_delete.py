#!/usr/bin/env python3
"""Go through the mailbox: show who has written, read a message if wanted, delete it if wanted.

    python3 download_and_delete.py mail.example.com brandon

End it with Ctrl-C, and nothing is deleted.
"""

import argparse
import poplib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from pop_login import ACCOUNT, logged_in, shown

RULER = "-" * 72


def parsed(lines: list[bytes]) -> EmailMessage:
    """A message from the lines of an answer: bytes, for nobody says that they are ASCII."""
    return message_from_bytes(b"\r\n".join(lines) + b"\r\n", policy=default)


def text(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except LookupError:  # an encoding that only the sender has heard of
        payload = part.get_payload(decode=True)
        return payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""


def yes(question: str) -> bool:
    return input(f"{question} this message [ny]? ").lower().startswith("y")


def read(message: EmailMessage) -> None:
    print(RULER)
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            print("\n".join(shown(line) for line in text(part).splitlines()))
            print(RULER)


def main(pop: poplib.POP3) -> None:
    for line in pop.list()[1]:
        number, size = map(int, line.split()[:2])
        print(f"Message {number} ({size} bytes):")
        header = parsed(pop.top(number, 0)[1])
        for name in ("From", "To", "Subject", "Date"):
            if header[name]:
                print(f"{name}: {shown(header[name])}")
        print()
        if yes("Read"):
            read(parsed(pop.retr(number)[1]))
        if yes("Delete"):
            pop.dele(number)
            print("Deleted.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read and delete messages.", parents=[ACCOUNT])
    args = parser.parse_args()
    with logged_in(args.hostname, args.username) as pop:
        main(pop)
