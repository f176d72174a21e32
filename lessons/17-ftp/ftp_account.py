"""What the uploads share: the account on the command line, and the login, over TLS or not.

It is not run by itself.
"""

import argparse
import getpass
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ftplib import FTP, FTP_TLS
from pathlib import Path

from ftp_session import session

ACCOUNT = argparse.ArgumentParser(add_help=False)
ACCOUNT.add_argument("host", help="the FTP server")
ACCOUNT.add_argument("user", help="whose account; the password is asked for")
ACCOUNT.add_argument("file", type=Path, help="what to upload")
ACCOUNT.add_argument("folder", help="where to put it; . is the home")
ACCOUNT.add_argument("-p", metavar="PORT", type=int, default=21, help="TCP port (21)")
ACCOUNT.add_argument("-v", action="count", default=0, help="print what both sides say")
ACCOUNT.add_argument("--clear", action="store_true", help="without TLS, as it was once")


@contextmanager
def logged_in(args: argparse.Namespace, ftp: FTP | None = None) -> Iterator[FTP]:
    if not args.file.is_file():
        sys.exit(f"no such file: {args.file}")
    try:
        password = getpass.getpass(f"Enter password for {args.user} on {args.host}: ")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
    # Without a context of ours FTP_TLS would encrypt for anybody, whatever his certificate.
    tls = FTP_TLS(context=ssl.create_default_context(), timeout=30)
    with session(args, ftp or (FTP(timeout=30) if args.clear else tls)) as ftp:
        ftp.login(args.user, password)
        if isinstance(ftp, FTP_TLS):
            ftp.prot_p()  # else the talk is hidden, and the files are not
        ftp.cwd(args.folder)
        yield ftp
