#!/usr/bin/env python3
"""A message for each of many people, over a few connections at once (aiosmtplib).

    python3 send_async.py mail.example.com sender@example.com brandon@example.com …

Each gets a message alone: nobody sees the others' addresses.
"""

import argparse
import asyncio
import sys
import time

import aiosmtplib
from letter import letter


async def carry(server: str, port: int, sender: str, waiting: list[str], said: list[str]) -> None:
    """One connection, which takes the next recipient as long as there are any."""
    async with aiosmtplib.SMTP(hostname=server, port=port, start_tls=True) as smtp:
        while waiting:
            recipient = waiting.pop()
            try:
                mail = letter("send_async.py", sender, [recipient])
                await smtp.send_message(mail, sender=sender, recipients=[recipient])
                said.append(f"{recipient}: accepted")
            except aiosmtplib.SMTPRecipientsRefused as error:
                reply = error.recipients[0]
                said.append(f"{recipient}: {reply.code} {reply.message}")


async def main(server: str, port: int, sender: str, recipients: list[str], count: int) -> None:
    waiting, said = list(recipients), list[str]()
    start = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(count, len(recipients))):
                group.create_task(carry(server, port, sender, waiting, said))
    finally:
        took = time.perf_counter() - start
        for line in sorted(said):
            print(line)
        accepted = sum(line.endswith(": accepted") for line in said)
        print(f"{accepted} of {len(recipients)} accepted, {count} at a time, in {took:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send a message to each of many recipients.")
    parser.add_argument("server", help="the mail server's name")
    parser.add_argument("fromaddr", help="who sends it")
    parser.add_argument("toaddr", nargs="+", help="who is to receive one")
    parser.add_argument("-c", metavar="COUNT", type=int, default=4, help="connections (4)")
    parser.add_argument("-p", metavar="PORT", type=int, default=25, help="TCP port (25)")
    args = parser.parse_args()
    if args.c < 1:
        parser.error("at least one connection is needed")
    try:
        asyncio.run(main(args.server, args.p, args.fromaddr, args.toaddr, args.c))
    except ExceptionGroup as group:  # one from each connection that failed
        if group.split((aiosmtplib.SMTPException, OSError))[1]:
            raise
        sys.exit(f"Some may not have been sent: {group.exceptions[0]}")
    except KeyboardInterrupt:
        sys.exit(130)
