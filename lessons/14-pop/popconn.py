#!/usr/bin/env python3
"""Log in to a POP server over TLS, and ask how much mail there is.

python3 popconn.py mail.example.com brandon
"""

import argparse
import getpass
import poplib
import ssl
import sys
from contextlib import closing

from pop_login import ACCOUNT, sentences, shown


def main(host: str, user: str) -> None:
    context = ssl.create_default_context()  # poplib's own would check nothing
    with sentences(host), closing(poplib.POP3_SSL(host, context=context, timeout=30)) as pop:
        password = getpass.getpass()
        try:
            pop.user(user)
            pop.pass_(password)
        except poplib.error_proto as error:
            sys.exit(f"Login failed: {shown(error.args[0])}")
        count, size = pop.stat()
        print(f"You have {count} messages totaling {size} bytes")
        pop.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Count the messages.", parents=[ACCOUNT])
    args = parser.parse_args()
    main(args.hostname, args.username)
