#!/usr/bin/env python3
"""A message to a list, with the two fields behind a mail program's button "unsubscribe".

    python3 build_unsubscribe.py brandon@example.com
    python3 build_unsubscribe.py --open TOKEN

--open does what the web server does with the link: say who wants to leave which list.
"""

import argparse
import base64
import email.policy
import email.utils
import hmac
import sys
from email.message import EmailMessage

SECRET = b"only the list's own programs know this"
LIST = "protocols"
TEXT = "The lists are moving to a new machine on Friday.\nNobody has to do anything.\n"


def token(address: str) -> str:
    """Names the address, and cannot be made by anybody else (RFC 8058 section 3.1)."""
    seal = hmac.digest(SECRET, f"{LIST} {address}".encode(), "sha256")[:12]
    return base64.urlsafe_b64encode(seal + address.encode()).decode().rstrip("=")


def opened(text: str) -> str | None:
    """The address in a token; None if it is forged."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        address = data[12:].decode()
    except ValueError:
        return None
    return address if hmac.compare_digest(token(address), text) else None


def build(address: str) -> EmailMessage:
    # By default a field is cut at 78 columns, and a link that is longer is broken by it: turned
    # into encoded words, which mean nothing there. RFC 5322 section 2.1.1 allows 998.
    message = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=998))
    message["To"] = address
    message["From"] = "Protocols, old and new <protocols@example.com>"
    message["Subject"] = "The lists are moving"
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="example.com")
    message["List-Id"] = "Protocols, old and new <protocols.example.com>"
    link = f"https://www.example.com/leave/{LIST}/{token(address)}"
    message["List-Unsubscribe"] = f"<{link}>, <mailto:leave@example.com?subject={LIST}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(TEXT)
    return message


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a message that one click unsubscribes.")
    parser.add_argument("address", help="who gets it (--open: the last part of the link)")
    parser.add_argument("--open", action="store_true", help="read a link instead")
    args = parser.parse_args()
    if not args.open:
        try:
            sys.stdout.buffer.write(build(args.address).as_bytes())
        except ValueError as error:  # a line break would begin a field of the caller's choice
            sys.exit(f"not an address: {error}")
    elif leaver := opened(args.address):
        print(f"{leaver} leaves {LIST}")
    else:
        sys.exit("this link is not one of ours")
