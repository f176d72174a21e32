#!/usr/bin/env python3
"""Ask the server what it can do, and keep to its limit before sending anything.

    python3 ehlo.py mail.example.com sender@example.com brandon@example.com

A server from before 1995 knows no EHLO; then this says HELO, and knows nothing of its limits.
"""

import argparse
import re
import smtplib
import sys
from collections.abc import Mapping

from letter import letter, outcome, problem


def size_limit(features: Mapping[str, str]) -> int | None:
    """RFC 1870 §3: without a number the server doesn't tell, and 0 means "no fixed maximum"."""
    value = features.get("size", "").strip()
    return int(value) if re.fullmatch("[1-9][0-9]{0,19}", value) else None


def main(server: str, port: int, sender: str, recipients: list[str]) -> None:
    mail = letter("ehlo.py", sender, recipients)
    with smtplib.SMTP(server, port, timeout=30) as smtp:
        code, reply = smtp.ehlo()
        if code // 100 != 2:  # a server from before 1995: no extensions at all
            code, reply = smtp.helo()
            if code // 100 != 2:
                sys.exit(f"The server refuses HELO: {code} {reply.decode(errors='replace')}")
        limit = size_limit(smtp.esmtp_features)
        if limit is not None:
            print("Maximum message size is", limit)
            if len(mail.as_bytes()) > limit:
                sys.exit("Message too large; aborting.")
        refused = smtp.send_message(mail, sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a short message, if it is short enough.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    parser.add_argument("-p", metavar="PORT", type=int, default=25, help="TCP port (25)")
    args = parser.parse_args()
    try:
        main(args.server, args.p, args.fromaddr, args.toaddr)
    except OSError as error:
        sys.exit(f"Your message may not have been sent: {problem(error)}")
    except KeyboardInterrupt:
        sys.exit(130)
