"""What the programs of this chapter share: the way in, and sentences instead of tracebacks.

It is popconn.py in pieces, so that each program can be about its own idea. It is not run itself.
"""

import argparse
import getpass
import poplib
import ssl
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

ACCOUNT = argparse.ArgumentParser(add_help=False)  # what all programs want to be told
ACCOUNT.add_argument("hostname", help="the POP server")
ACCOUNT.add_argument("username", help="whose mail; the password is asked for")


@contextmanager
def logged_in(host: str, user: str) -> Iterator[poplib.POP3]:
    """What popconn.py does: connect, check, log in. QUIT only if all went well."""
    context = ssl.create_default_context()
    with sentences(host), closing(poplib.POP3_SSL(host, context=context, timeout=30)) as pop:
        login(pop, user)
        yield pop
        pop.quit()


def login(pop: poplib.POP3, user: str) -> None:
    password = getpass.getpass()
    try:
        pop.user(user)
        pop.pass_(password)
    except poplib.error_proto as error:
        sys.exit(f"Login failed: {shown(error.args[0])}")


@contextmanager
def sentences(host: str) -> Iterator[None]:
    """What goes wrong in a conversation ends the program with a sentence."""
    try:
        yield
    except poplib.error_proto as error:
        sys.exit(f"{host}: {shown(error.args[0])}")
    except OSError as error:
        sys.exit(f"{host}: {getattr(error, 'verify_message', None) or error}")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)


def shown(text: object) -> str:
    """A stranger's text, without the characters that steer a terminal."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return "".join(c if c.isprintable() else "?" for c in plain.expandtabs())
