#!/usr/bin/env python3
"""Upgrade to TLS with STARTTLS, check who answers, and send nothing in clear by accident.

    python3 tls.py mail.example.com sender@example.com brandon@example.com

Without TLS nothing is sent, unless you allow it.
"""

import argparse
import smtplib
import ssl
import sys

from letter import letter, outcome, problem


def main(
    server: str, sender: str, recipients: list[str], port: int, cafile: str | None, clear: bool
) -> None:
    mail = letter("tls.py", sender, recipients)
    context = ssl.create_default_context(cafile=cafile)  # checks the chain and the name
    with smtplib.SMTP(server, port, timeout=30) as smtp:
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            print("Negotiating TLS....")
            smtp.starttls(context=context)
            print("Using TLS connection.")
            smtp.ehlo()  # what was said in clear does not count any more (RFC 3207 §4.2)
        elif clear:
            print("Server does not support TLS; using normal connection.")
        else:
            sys.exit("Server does not support TLS; nothing was sent.")
        refused = smtp.send_message(mail, sender, recipients)
    print(outcome(recipients, refused))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a short message through TLS.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive it")
    parser.add_argument("-p", metavar="PORT", type=int, default=25, help="TCP port (25)")
    parser.add_argument("-a", metavar="CAFILE", help="trust this authority, not the system's")
    parser.add_argument("--allow-clear", action="store_true", help="send without TLS if need be")
    args = parser.parse_args()
    try:
        main(args.server, args.fromaddr, args.toaddr, args.p, args.a, args.allow_clear)
    except OSError as error:
        sys.exit(f"Your message may not have been sent: {problem(error)}")
    except KeyboardInterrupt:
        sys.exit(130)
