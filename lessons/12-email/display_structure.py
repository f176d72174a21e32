#!/usr/bin/env python3
"""The tree of a message: a line for each part, with its number, type, size and name.

python3 display_structure.py message.eml
python3 build_mime_email.py -i attachment.txt | python3 display_structure.py
"""

import argparse
import email
import email.policy
import sys
from collections.abc import Iterator
from email.message import EmailMessage, Message


def structure(part: Message, number: str = "") -> Iterator[str]:
    """A line for *part*, then one for each that is in it."""
    yield f"{number} {' '.join(facts(part))}".lstrip()
    if part.is_multipart():
        for index, child in enumerate(part.iter_parts() if isinstance(part, EmailMessage) else ()):
            yield from structure(child, f"{number}.{index}" if number else f"{index}")


def facts(part: Message) -> Iterator[str]:
    yield f"type={part.get_content_type()}"
    if not part.is_multipart():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        yield f"{len(data)} bytes"
        if charset := part.get_content_charset():
            yield f"charset={charset}"
        yield f"encoding={part.get('Content-Transfer-Encoding', '7bit')}"
    if disposition := part.get_content_disposition():
        yield disposition
    if name := part.get_filename():
        yield f"filename={name!r}"
    if part.defects:
        yield f"broken: {', '.join(type(defect).__name__ for defect in part.defects)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show the parts of a message.")
    parser.add_argument("file", nargs="?", help="the message (without: standard input)")
    args = parser.parse_args()
    try:
        with open(args.file, "rb") if args.file else sys.stdin.buffer as binary:
            message = email.message_from_binary_file(binary, policy=email.policy.default)
    except OSError as error:
        sys.exit(f"{args.file}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    for line in structure(message):
        print(line)
