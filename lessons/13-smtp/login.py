#!/usr/bin/env python3
"""Say who you are: a name and a password, after TLS and never before.

    python3 login.py mail.example.com brandon@example.com ann@ftp.example.com

The name and the password are those of the mailbox: the server of brandon knows brandon.
"""

import argparse
import getpass
import smtplib
import ssl
import sys

from letter import letter, outcome, problem


def main(server: str, sender: str, recipients: list[str], port: int, cafile: str | None) -> None:
    mail = letter("login.py", sender, recipients)
    with smtplib.SMTP(server, port, timeout=30) as smtp:
        # Raises SMTPNotSupportedError if the server has no STARTTLS: no password in clear.
        smtp.starttls(context=ssl.create_default_context(cafile=cafile))
        smtp.ehlo()
        if not smtp.has_extn("auth"):
            sys.exit("This server lets nobody log in here; nothing was sent.")
        user = input("Enter username: ")
        password = getpass.getpass("Enter password: ")
        smtp.login(user, password)
        refused = smtp.send_message(mail, sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in and send a short message.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    parser.add_argument("-p", metavar="PORT", type=int, default=587, help="TCP port (587)")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    args = parser.parse_args()
    try:
        main(args.server, args.fromaddr, args.toaddr, args.p, args.a)
    except smtplib.SMTPAuthenticationError as error:
        sys.exit(f"Authentication failed: {problem(error)}")
    except OSError as error:
        sys.exit(f"Your message may not have been sent: {problem(error)}")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
