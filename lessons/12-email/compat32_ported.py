#!/usr/bin/env python3
"""The same as compat32_code.py with today's API: policies, EmailMessage, content managers.

python3 compat32_ported.py build attachment.txt attachment.gz > /tmp/new.eml
python3 compat32_ported.py take_apart /tmp/new.eml /tmp/parts
"""

import argparse
import email
import mimetypes
import sys
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import localtime, make_msgid
from pathlib import Path

PLAIN, HTML = "Two forms, one text.\n", "<p>Two forms, <b>one</b> text.</p>\n"


def build(files: list[Path]) -> bytes:
    message = EmailMessage()
    message["To"] = "reader@example.com"
    message["From"] = Address("Zoë Müller", "zoe", "example.com")
    message["Subject"] = "Grüße aus der alten Zeit"
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain="example.com")
    message.set_content(PLAIN)
    message.add_alternative(HTML, subtype="html")
    for file in files:
        kind, encoding = mimetypes.guess_type(file.name)
        if kind is None or encoding is not None:
            kind = "application/octet-stream"
        main, sub = kind.split("/", 1)
        data = file.read_bytes()
        message.add_attachment(data, maintype=main, subtype=sub, filename=file.name)
    return message.as_bytes()


def take_apart(file: Path, folder: Path) -> None:
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    for name in ("From", "To", "Subject"):
        print(f"{name}: {message.get(name, '')}")
    count = 0
    for part in message.walk():
        data = part.get_payload(decode=True)  # the one old call that has no better successor
        if isinstance(data, bytes):
            count += 1
            print(f"part{count}.out: {part.get_content_type()}, {len(data)} bytes")
            (folder / f"part{count}.out").write_bytes(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build a message, or take one apart: today.")
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="write a message to standard output")
    builder.add_argument("files", nargs="*", type=Path, metavar="FILE", help="to be attached")
    taker = commands.add_parser("take_apart", help="save its parts as part1.out, part2.out, …")
    taker.add_argument("file", type=Path, help="the message")
    taker.add_argument("folder", type=Path, help="where the parts go (must exist)")
    args = parser.parse_args()
    try:
        if args.command == "build":
            sys.stdout.buffer.write(build(args.files))
        else:
            take_apart(args.file, args.folder)
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
