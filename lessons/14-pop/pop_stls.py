#!/usr/bin/env python3
"""Begin in clear at port 110, change to TLS with STLS, and log in only then.

    python3 pop_stls.py mail.example.com brandon

If there is no TLS, there is no password either.
"""

import argparse
import poplib
import ssl
import sys

from pop_login import ACCOUNT, login, sentences, shown


def main(host: str, user: str, port: int) -> None:
    context = ssl.create_default_context()
    with sentences(host):  # no closing(): after a failed handshake, poplib can't close
        pop = poplib.POP3(host, port, timeout=30)
        try:
            pop.stls(context)
        except poplib.error_proto as error:
            sys.exit(f"No password was sent: {shown(error.args[0])}")
        login(pop, user)
        count, size = pop.stat()
        print(f"You have {count} messages totaling {size} bytes")
        pop.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Count messages, with STLS.", parents=[ACCOUNT])
    parser.add_argument("-p", metavar="PORT", type=int, default=110, help="TCP port (110)")
    args = parser.parse_args()
    main(args.hostname, args.username, args.p)
