#!/usr/bin/env python3
"""The two doors for a server's own people, 587 and 465, and a token instead of a password.

    python3 submission.py mail.example.com brandon@example.com brandon@example.com -p 587
    python3 submission.py mail.example.com brandon@example.com ann@ftp.example.com -t TOKENFILE

The user's name is what stands before the @ of the first address.
"""

import argparse
import getpass
import smtplib
import ssl
import sys
from pathlib import Path

from letter import letter, outcome, problem


def opened(server: str, port: int) -> smtplib.SMTP:
    """A connection that is encrypted and checked: at once on 465, after STARTTLS elsewhere."""
    context = ssl.create_default_context()
    if port == 465:
        return smtplib.SMTP_SSL(server, port, timeout=30, context=context)
    smtp = smtplib.SMTP(server, port, timeout=30)
    smtp.ehlo()
    print("Still in clear it offers:", *sorted(smtp.esmtp_features))
    smtp.starttls(context=context)
    return smtp


class Bearer:
    """XOAUTH2: who, and a token that proves it; smtplib calls this once for each challenge."""

    def __init__(self, user: str, token: str) -> None:
        self.first = f"user={user}\x01auth=Bearer {token}\x01\x01"

    def __call__(self, challenge: bytes | None = None) -> str:
        if challenge is None:
            return self.first
        # A refusal comes as a challenge too, in JSON; only an empty answer ends it.
        print("The server says", challenge.decode(errors="replace"))
        return ""


def main(server: str, port: int, sender: str, recipients: list[str], token: Path | None) -> None:
    user = sender.partition("@")[0]
    with opened(server, port) as smtp:
        smtp.ehlo()
        print("Encrypted it offers:", *sorted(smtp.esmtp_features))
        if not smtp.has_extn("auth"):
            sys.exit("This server lets nobody log in here; nothing was sent.")
        if token:
            smtp.auth("XOAUTH2", Bearer(user, token.read_text().strip()))
        else:
            smtp.login(user, getpass.getpass(f"Password of {user}: "))
        refused = smtp.send_message(letter("submission.py", sender, recipients), sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Submit a message to one's own mail server.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    parser.add_argument("-p", metavar="PORT", type=int, default=465, help="465 (default) or 587")
    parser.add_argument("-t", metavar="FILE", type=Path, help="log in with the token in this file")
    args = parser.parse_args()
    try:
        main(args.server, args.p, args.fromaddr, args.toaddr, args.t)
    except smtplib.SMTPAuthenticationError as error:
        sys.exit(f"Authentication failed: {problem(error)}")
    except OSError as error:
        sys.exit(f"Not sent: {problem(error)}")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
