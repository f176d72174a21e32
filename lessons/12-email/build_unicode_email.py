#!/usr/bin/env python3
"""A message whose header and text have letters beyond ASCII.

    python3 build_unicode_email.py
    python3 build_unicode_email.py --utf8

Writes to standard output: in ASCII, as every server takes it, or as UTF-8 (RFC 6532), for those
that announce SMTPUTF8.
"""

import argparse
import email.utils
import sys
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

TEXT = """\
Hwæt! Wé Gárdena in géardagum
þéodcyninga þrym gefrúnon,
hú ðá æþelingas ellen fremedon.
"""


def build(utf8: bool) -> EmailMessage:
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    message["To"] = "Böðvarr <recipient@example.com>"
    message["From"] = "Eardstapa <sender@example.com>"
    message["Subject"] = "Hwæt, three lines to read aloud"
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="example.com")
    message.set_content(TEXT, cte="8bit" if utf8 else "quoted-printable")
    return message


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a message that is more than ASCII.")
    parser.add_argument("--utf8", action="store_true", help="UTF-8 as it is, header and all")
    args = parser.parse_args()
    sys.stdout.buffer.write(build(args.utf8).as_bytes())
