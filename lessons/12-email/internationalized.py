#!/usr/bin/env python3
"""Addresses with all the world's letters: which forms they have, and which servers take them.

    python3 internationalized.py brandon@bücher.example böðvarr@example.com
    python3 internationalized.py --dns brandon@example.com brandon@nowhere.example.com

--dns asks whether the domain takes mail at all.
"""

import argparse
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from email_validator import EmailNotValidError, ValidatedEmail, validate_email


def field(found: ValidatedEmail) -> bytes:
    """The field To for this address, in ASCII if that is possible."""
    local, _, domain = (found.ascii_email or found.normalized).rpartition("@")
    message = EmailMessage(policy=SMTP if found.ascii_email else SMTPUTF8)
    message["To"] = Address("Böðvarr", local, domain)
    return message.as_bytes().splitlines()[0]


def show(text: str, dns: bool) -> bool:
    print(text)
    try:
        found = validate_email(text, check_deliverability=dns)
    except EmailNotValidError as error:
        print(f"  no: {error}")
        return False
    if found.normalized != text:
        print(f"  the same as   {found.normalized}")
    if found.ascii_email:
        print(f"  in ASCII      {found.ascii_email}: every server takes it")
    else:
        print("  in ASCII      there is no such form: only servers with SMTPUTF8 take it")
    if dns:
        print(f"  its mail goes to {found.mx[0][1]}")
    print(f"  in a header   {field(found).decode()}")
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Look at addresses that are more than ASCII.")
    parser.add_argument("addresses", nargs="+", metavar="address")
    parser.add_argument("--dns", action="store_true", help="ask the DNS about the domain")
    args = parser.parse_args()
    good = [show(address, args.dns) for address in args.addresses]
    sys.exit(0 if all(good) else 1)
