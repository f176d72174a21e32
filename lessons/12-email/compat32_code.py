#!/usr/bin/env python3
"""Code for e-mail as it was written until Python 3.6, and as much of it still is: to be read.

    python3 compat32_code.py build attachment.txt attachment.gz > /tmp/old.eml
    python3 compat32_code.py take_apart /tmp/old.eml /tmp/parts

All of it works today. compat32_ported.py does the same in the new way.
"""

import argparse
import email
import mimetypes
import sys
from email import encoders
from email.header import Header, decode_header, make_header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path

PLAIN, HTML = "Two forms, one text.\n", "<p>Two forms, <b>one</b> text.</p>\n"


def build(files: list[Path]) -> bytes:
    message = MIMEMultipart("mixed")
    message["To"] = "reader@example.com"
    message["From"] = formataddr(("Zoë Müller", "zoe@example.com"))
    message["Subject"] = str(Header("Grüße aus der alten Zeit", "utf-8"))
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="example.com")
    text = MIMEMultipart("alternative")
    text.attach(MIMEText(PLAIN, "plain", "utf-8"))
    text.attach(MIMEText(HTML, "html", "utf-8"))
    message.attach(text)
    for file in files:
        kind, encoding = mimetypes.guess_type(file.name)
        if kind is None or encoding is not None:
            kind = "application/octet-stream"
        part = MIMEBase(*kind.split("/", 1))
        part.set_payload(file.read_bytes())
        encoders.encode_base64(part)
        part.add_header("Content-Disposition", "attachment", filename=file.name)
        message.attach(part)
    return message.as_bytes()


def take_apart(file: Path, folder: Path) -> None:
    message = email.message_from_bytes(file.read_bytes())
    for name in ("From", "To", "Subject"):
        print(f"{name}: {make_header(decode_header(message.get(name, '')))}")
    count = 0
    for part in message.walk():
        data = part.get_payload(decode=True)  # None if it has parts
        if isinstance(data, bytes):
            count += 1
            print(f"part{count}.out: {part.get_content_type()}, {len(data)} bytes")
            (folder / f"part{count}.out").write_bytes(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build a message, or take one apart: the old way.")
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
    except LookupError as error:  # from make_header
        sys.exit(f"cannot be read: {error}")
