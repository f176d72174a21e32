#!/usr/bin/env python3
"""The smallest good message: a header that says who, to whom, what, when and which; a text.

    python3 build_basic_email.py

Writes it to standard output as it would travel, with CRLF at the end of each line.
"""

import argparse
import email.policy
import email.utils
import sys
from email.message import EmailMessage

TEXT = """\
Dear reader,
this message has all that a good one needs, and nothing more.
-- The post room
"""


def build() -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["To"] = "reader@example.com"
    message["From"] = "The Post Room <post@example.com>"
    message["Subject"] = "A small message, whole"
    message["Date"] = email.utils.localtime()  # knows its time zone
    message["Message-ID"] = email.utils.make_msgid(domain="example.com")
    message.set_content(TEXT)
    return message


if __name__ == "__main__":
    argparse.ArgumentParser(description="Write a small e-mail message.").parse_args()
    sys.stdout.buffer.write(build().as_bytes())
