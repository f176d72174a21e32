#!/usr/bin/env python3
"""What a mail program shows of a message: the main fields, the text, a list of what is attached.

    python3 display_email.py message.eml
    python3 build_mime_email.py attachment.txt | python3 display_email.py

It believes nothing: no name in the mail becomes the name of a file, no byte of it a command
to your terminal.
"""

import argparse
import email
import email.policy
import sys
from email.message import EmailMessage


def printable(text: object) -> str:
    """Without the control characters that colour, move and rename a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in str(text))


def text_of(part: EmailMessage) -> str:
    """The text of a part, even if its charset is a lie or unknown."""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows, or no name of one
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        return data.decode("ascii", errors="replace")


def described(part: EmailMessage) -> str:
    """One line about an attachment."""
    kind, name = part.get_content_type(), part.get_filename()
    if part.is_multipart():  # a message in the message, or several
        size = "a message of its own" if kind == "message/rfc822" else "several parts"
    else:
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        size = f"{len(data)} bytes"
    return f"* {kind} attachment named {name!r}: {size}"


def display(message: EmailMessage) -> None:
    for field in ("From", "To", "Date", "Subject"):
        print(f"{field + ':':<9}{printable(message.get(field, '(none)'))}")
    print()
    body = message.get_body(preferencelist=("plain", "html"))
    if isinstance(body, EmailMessage):
        print(printable(text_of(body)).rstrip("\n"))
    else:
        print("(no text)")
    if message.get_content_maintype() == "multipart":
        attachments = list(message.iter_attachments())
    else:  # one part, which may be a picture, or a message that was forwarded
        attachments = [message] if body is None else []
    for part in attachments:
        assert isinstance(part, EmailMessage)
        print(printable(described(part)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show a message as a mail program does.")
    parser.add_argument("file", nargs="?", help="the message (without: standard input)")
    args = parser.parse_args()
    try:
        with open(args.file, "rb") if args.file else sys.stdin.buffer as binary:
            display(email.message_from_binary_file(binary, policy=email.policy.default))
    except OSError as error:
        sys.exit(f"{args.file}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
