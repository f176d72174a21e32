#!/usr/bin/env python3
"""Three functions of the standard library read the date of a mail; one of them is for you.

python3 parse_dates.py 'Tue, 25 Mar 2014 13:14:01 -0400'
"""

import argparse
import sys
from datetime import UTC
from email.utils import format_datetime, parsedate, parsedate_to_datetime, parsedate_tz


def show(date: str) -> None:
    print("parsedate             ", parsedate(date))
    print("parsedate_tz          ", parsedate_tz(date))
    moment = parsedate_to_datetime(date)
    print("parsedate_to_datetime ", moment)
    print("for a header again    ", format_datetime(moment))
    if moment.tzinfo is None:  # RFC 5322 section 3.3: UTC, written by somebody who knows no zone
        moment = moment.replace(tzinfo=UTC)
    print("in UTC                ", moment.astimezone(UTC))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read the date of a mail in three ways.")
    parser.add_argument("date", help="as it stands behind Date:")
    args = parser.parse_args()
    try:
        show(args.date)
    except ValueError:
        sys.exit(f"not the date of a mail: {args.date!r}")
