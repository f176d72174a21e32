#!/usr/bin/env python3
"""See what is said: every line of the dialogue goes to standard error.

    python3 debug.py mail.example.com sender@example.com brandon@example.com

`send:` is what this program says, `reply:` what the server answers.
"""

import argparse
import smtplib
import sys

from letter import letter, outcome, problem


def main(server: str, sender: str, recipients: list[str]) -> None:
    mail = letter("debug.py", sender, recipients)
    smtp = smtplib.SMTP(timeout=30)
    smtp.set_debuglevel(1)  # before it connects, or the greeting is missed
    smtp.connect(server)
    with smtp:
        refused = smtp.send_message(mail, sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a short message and show the dialogue.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    args = parser.parse_args()
    try:
        main(args.server, args.fromaddr, args.toaddr)
    except OSError as error:  # gaierror, ConnectionError, TimeoutError, SMTPException …
        print("Your message may not have been sent!")
        sys.exit(problem(error))
    except KeyboardInterrupt:
        sys.exit(130)
