"""What the programs of this chapter share: calling, saying goodbye, and words for failure.

It is not run by itself. SERVER has the options that nearly all of them take.
"""

import argparse
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ftplib import FTP, Error, all_errors

# OverflowError: no such port. ValueError: a name with a line end, which would be a command more.
PROBLEMS: tuple[type[Exception], ...] = (*all_errors, OverflowError, ValueError)

SERVER = argparse.ArgumentParser(add_help=False)
SERVER.add_argument("host", nargs="?", default="ftp.example.com", help="(ftp.example.com)")
SERVER.add_argument("-p", metavar="PORT", type=int, default=21, help="TCP port (21)")
SERVER.add_argument("-v", action="count", default=0, help="print what both sides say")


@contextmanager
def session(args: argparse.Namespace, ftp: FTP | None = None) -> Iterator[FTP]:
    """A connection to args.host, nobody logged in yet; it ends with QUIT, or in one sentence."""
    ftp = ftp or FTP(timeout=30)
    try:
        ftp.set_debuglevel(args.v)
        ftp.connect(args.host, args.p)
        yield ftp
        ftp.quit()
    except KeyboardInterrupt:
        sys.exit(130)
    except ssl.SSLCertVerificationError as error:
        sys.exit(f"I don't trust {args.host}: {error.verify_message}")
    except PROBLEMS as error:
        sys.exit(f"{args.host}: {reason(ftp, error)}")
    finally:
        ftp.close()  # without QUIT: in the middle of a transfer its answer would be another's


def reason(ftp: FTP, error: Exception) -> str:
    """When a data connection breaks, the server says why on the other one."""
    if isinstance(error, BrokenPipeError | ConnectionResetError | ssl.SSLError) and ftp.sock:
        try:
            ftp.voidresp()
        except Error as said:
            return str(said)
        except (OSError, EOFError):
            pass  # not a word there either
    return getattr(error, "strerror", None) or str(error) or "the server has hung up"
