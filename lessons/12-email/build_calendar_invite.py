#!/usr/bin/env python3
"""An invitation that a mail program puts into the diary, with buttons to say yes or no.

    python3 build_calendar_invite.py 2026-12-04T15:00+01:00 'Cable clinic' brandon@example.com

The same in two forms: words for people, and text/calendar (RFC 5545, 6047) for their programs.
"""

import argparse
import email.policy
import email.utils
import re
import sys
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

HOST = "post@example.com"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """RFC 5545 section 3.3.11: comma, semicolon and backslash mean something there."""
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", r"\n")


def folded(line: str) -> str:
    """RFC 5545 section 3.1: 75 bytes to a line; a blank begins one that goes on."""
    lines, size = [""], 0
    for character in line:
        size += (length := len(character.encode()))
        if size > 75:
            lines.append(" ")
            size = 1 + length
        lines[-1] += character
    return "\r\n".join(lines)


def calendar(start: datetime, minutes: int, title: str, guest: str) -> str:
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.com//post room//EN"),
        *("METHOD:REQUEST", "BEGIN:VEVENT"),
        f"UID:{uuid.uuid4()}",  # the same one again changes or cancels this very event
        *("SEQUENCE:0", f"DTSTAMP:{stamp(datetime.now(UTC))}"),
        *(f"DTSTART:{stamp(start)}", f"DTEND:{stamp(start + timedelta(minutes=minutes))}"),
        *(f"SUMMARY:{escaped(title)}", f"ORGANIZER:mailto:{HOST}"),
        f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{guest}",
        *("END:VEVENT", "END:VCALENDAR"),
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def build(start: datetime, minutes: int, title: str, guest: str) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["To"], message["From"] = guest, HOST
    message["Subject"] = f"Invitation: {title}"
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="example.com")
    message.set_content(f"{title}\n{start:%A %d %B %Y, %H:%M %Z}, {minutes} minutes\n")
    # RFC 6047 section 2.4: the method stands here as well, and must be the same.
    text = calendar(start, minutes, title, guest)
    message.add_alternative(text, subtype="calendar", params={"method": "REQUEST"})
    return message


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write an invitation to a meeting.")
    parser.add_argument("start", type=datetime.fromisoformat, help="2026-12-04T15:00+01:00")
    parser.add_argument("title", help="what it is about")
    parser.add_argument("guest", help="who is invited: an address")
    parser.add_argument("-m", type=int, default=60, metavar="MINUTES", help="how long (60)")
    args = parser.parse_args()
    if args.start.tzinfo is None:
        parser.error("the start needs a zone: 2026-12-04T15:00+01:00")
    try:
        sys.stdout.buffer.write(build(args.start, args.m, args.title, args.guest).as_bytes())
    except (ValueError, OverflowError) as error:  # a line break in the title, or aeons
        sys.exit(f"no such invitation: {error}")
