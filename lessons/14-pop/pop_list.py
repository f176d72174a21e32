#!/usr/bin/env python3
"""Ask how long each message is, before you fetch it.

python3 pop_list.py mail.example.com brandon
"""

import argparse
import poplib

from pop_login import ACCOUNT, logged_in


def main(pop: poplib.POP3) -> None:
    _, lines, _ = pop.list()
    for line in lines:
        # RFC 1939 §5: a number and a size; what may come after them is not for us.
        number, size = line.split()[:2]
        print(f"Message {int(number)} has {int(size)} bytes")
    if not lines:
        print("No messages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List the messages.", parents=[ACCOUNT])
    args = parser.parse_args()
    with logged_in(args.hostname, args.username) as pop:
        main(pop)
