#!/usr/bin/env python3
"""Read a delivery status notification: which message, to whom, what happened, and why.

    python3 bounce_reader.py [FILE …]

RFC 3464 says how a mail server writes one, RFC 3463 what the three numbers mean.
"""

import argparse
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path

CLASSES = {"2": "success", "4": "not yet", "5": "never"}
SUBJECTS = {
    "0": "something else",
    "1": "the address",
    "2": "the mailbox",
    "3": "the mail system there",
    "4": "the way there",
    "5": "the dialogue of the servers",
    "6": "the contents",
    "7": "what is allowed",
}


def meaning(status: str) -> str:
    """In words (RFC 3463 §3): "5.1.1" is "never; it is about the address"."""
    kind, subject, *_ = [*status.strip().split("."), ""]
    about = SUBJECTS.get(subject, "something new")
    return f"{CLASSES.get(kind, 'unknown')}; it is about {about}"


def fields(block: Message) -> Iterator[str]:
    """What one group of fields says: about the report itself, or about one recipient."""
    if "Reporting-MTA" in block:
        yield f"Reported by {block['Reporting-MTA']}"
    if "Final-Recipient" in block:
        yield f"{block['Action']}: {block['Final-Recipient']}"
        yield f"  {block['Status']}: {meaning(str(block['Status']))}"
        yield "  " + " ".join(str(block.get("Diagnostic-Code", "(no words)")).split())


def report(mail: EmailMessage) -> Iterator[str]:
    """The lines to show for *mail*; none if it is not a report."""
    for part in mail.iter_parts() if mail.get_content_type() == "multipart/report" else ():
        match part.get_content_type():
            case "message/delivery-status":  # Python makes a little message of each group
                for block in part.iter_parts():
                    yield from fields(block)
            case "message/rfc822" | "text/rfc822-headers":  # yours, whole or its header only
                content = part.get_content()
                if not isinstance(content, EmailMessage):
                    text = content if isinstance(content, bytes) else content.encode()
                    content = message_from_bytes(text, policy=policy.default)
                yield f"It was about {content['Subject']!r}, {content['Message-ID']}"


def main(paths: list[Path]) -> None:
    for path in paths:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        lines = list(report(mail)) or ["No report of a mail server"]
        print(*lines, sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Say what a bounce says.")
    parser.add_argument("file", nargs="*", type=Path, default=[Path("/dev/stdin")])
    args = parser.parse_args()
    try:
        main(args.file)
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
