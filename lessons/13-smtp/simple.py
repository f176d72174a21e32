#!/usr/bin/env python3
"""The shortest way to hand a message to a mail server.

    python3 simple.py mail.example.com sender@example.com brandon@example.com

Who is on the envelope counts; what stands in the header is for people to read.
"""

import argparse
import smtplib
import sys

from letter import letter, outcome, problem


def main(server: str, sender: str, recipients: list[str]) -> None:
    mail = letter("simple.py", sender, recipients)
    with smtplib.SMTP(server, timeout=30) as smtp:
        refused = smtp.send_message(mail, sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a short message.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    args = parser.parse_args()
    try:
        main(args.server, args.fromaddr, args.toaddr)
    except OSError as error:
        sys.exit(f"Not sent: {problem(error)}")
    except KeyboardInterrupt:
        sys.exit(130)
