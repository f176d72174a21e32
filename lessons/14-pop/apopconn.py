#!/usr/bin/env python3
"""History: log in with APOP, which proves that you know the password and doesn't send it.

python3 apopconn.py mail.example.com brandon
"""

import argparse
import getpass
import poplib
import ssl
import sys
from contextlib import closing

from pop_login import ACCOUNT, sentences, shown


def main(host: str, user: str) -> None:
    context = ssl.create_default_context()
    with sentences(host), closing(poplib.POP3_SSL(host, context=context, timeout=30)) as pop:
        print("Greeting:", shown(pop.getwelcome()))
        password = getpass.getpass()
        try:
            pop.apop(user, password)
        except poplib.error_proto as error:
            sys.exit(f"Login failed: {shown(error.args[0])}")
        count, size = pop.stat()
        print(f"You have {count} messages totaling {size} bytes")
        pop.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in with APOP.", parents=[ACCOUNT])
    args = parser.parse_args()
    main(args.hostname, args.username)
