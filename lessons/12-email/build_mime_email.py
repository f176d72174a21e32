#!/usr/bin/env python3
"""A message in two forms, plain and HTML, with a picture and attachments if you like.

    python3 build_mime_email.py
    python3 build_mime_email.py -i attachment.txt attachment.gz

Writes to standard output. -i puts a picture into the HTML: a blue dot of one pixel.
"""

import argparse
import base64
import email.policy
import email.utils
import mimetypes
import secrets
import sys
from email.message import EmailMessage, MIMEPart
from pathlib import Path

PLAIN = "Two forms, one text:\nthe reader's program picks the best that it can show.\n"
HTML = "<p>Two forms, <b>one</b> text:\nthe reader's program picks the best that it can show.</p>\n"
PICTURE = '<p><img alt="a blue dot" width="80" height="80"\nsrc="cid:{cid}"></p>\n'
# GIF: 1x1 pixel, two colours (blue, white), one image of 2 bytes of compressed data.
BLUE_DOT = base64.b64decode("R0lGODdhAQABAIAAAAAA/////ywAAAAAAQABAAACAkQBADs=")


def build(picture: bool, files: list[Path]) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["To"] = "Reader <reader@example.com>"
    message["From"] = "The Post Room <post@example.com>"
    message["Subject"] = "A message in several parts"
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="example.com")
    # RFC 2046 section 5.1.4: the plainest first, the one that is liked best last.
    message.set_content(PLAIN)
    cid = f"{secrets.token_hex(8)}@example.com"  # RFC 2392: no other part in the world has it
    message.add_alternative(HTML + (PICTURE.format(cid=cid) if picture else ""), subtype="html")
    if picture:
        html = message.get_body(("html",))
        assert isinstance(html, MIMEPart)
        # add_related() says "inline" if there is a Content-ID, but only without a file name.
        html.add_related(
            BLUE_DOT, "image", "gif", cid=f"<{cid}>", disposition="inline", filename="blue-dot.gif"
        )
    for file in files:
        attach(message, file)
    return message


def attach(message: EmailMessage, file: Path) -> None:
    kind, encoding = mimetypes.guess_type(file.name)
    if kind is None or encoding is not None:  # a .txt.gz is not a text
        kind = "application/octet-stream"
    maintype, _, subtype = kind.partition("/")
    # Of the name only the last part: where it lies on my disk is nobody's business.
    if maintype == "text":
        text = file.read_text(encoding="utf-8")
        message.add_attachment(text, subtype=subtype, filename=file.name)
    else:
        data = file.read_bytes()
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=file.name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a message of several parts.")
    parser.add_argument("-i", action="store_true", help="a picture in the HTML")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="to be attached")
    args = parser.parse_args()
    try:
        sys.stdout.buffer.write(build(args.i, args.files).as_bytes())
    except UnicodeDecodeError as error:
        sys.exit(f"a text attachment must be in UTF-8: {error}")
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
