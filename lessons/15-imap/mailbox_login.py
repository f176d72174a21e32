"""What the other programs of this chapter share: the way in, and the way to a terminal.

It is open_imap.py's beginning, so that each program can be about its own idea.
"""

import argparse
import getpass
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

ACCOUNT = argparse.ArgumentParser(add_help=False)  # what all programs want to be told
ACCOUNT.add_argument("host", help="the IMAP server; port 993 is taken")
ACCOUNT.add_argument("user", help="whose mail; the password is asked for")


@contextmanager
def logged_in(host: str, user: str) -> Iterator[IMAPClient]:
    """A connection over TLS; what goes wrong on it ends the program with a sentence."""
    with suppress(KeyboardInterrupt):
        try:
            context = ssl.create_default_context()
            with IMAPClient(host, ssl_context=context, timeout=30) as client:
                client.normalise_times = False  # times with their zone, as the server says them
                client.login(user, getpass.getpass())
                try:
                    yield client
                except KeyboardInterrupt:  # who knows in the middle of what: hang up
                    client.shutdown()
        except LoginError as error:
            sys.exit("Could not log in: " + str(error).removeprefix("b'").removesuffix("'"))
        except (IMAPClientError, OSError, EOFError) as error:
            why = (getattr(error, "verify_message", None) or str(error)).splitlines()[0]
            sys.exit(f"{host}: " + why.removeprefix("b'").removesuffix("'"))  # it was bytes


def shown(text: object) -> str:
    """A stranger's text, without the characters that steer a terminal."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return "".join(c if c.isprintable() else "?" for c in plain.expandtabs())
