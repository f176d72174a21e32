#!/usr/bin/env python3
"""An FTP server of our own: everybody may read, and upload until the folder is full.

    python3 ftp_server.py FOLDER [-p PORT] [--quota BYTES]

It removes what did not come to its end.
"""

import argparse
import logging
import os
import sys
import warnings
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer


def used(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class Metered(DTPHandler):  # type: ignore[misc, unused-ignore]
    """A data connection that is cut once the folder holds more than the quota."""

    quota = 0

    def handle_read(self) -> None:
        super().handle_read()
        if self.receive and not self.file_obj.closed:
            self.file_obj.flush()
            if used(self.cmd_channel.fs.root) > self.quota:
                # RFC 959 §4.2.2: exceeded storage allocation. close() sends it.
                self._resp = ("552 That is more than the quota.", logging.warning)
                self.close()

    handle_read_event = handle_read


class Handler(FTPHandler):  # type: ignore[misc, unused-ignore]
    banner = "our own server"
    dtp_handler = Metered

    def on_incomplete_file_received(self, file: str) -> None:
        os.remove(file)


def main(folder: str, address: tuple[str, int], quota: int) -> None:
    Metered.quota = quota
    warnings.simplefilter("ignore", RuntimeWarning)  # yes, anonymous may write; up to the quota
    Handler.authorizer = DummyAuthorizer()
    Handler.authorizer.add_anonymous(folder, perm="elrmw")  # enter, list, read, mkdir, write
    logging.basicConfig(format="%(message)s", stream=sys.stdout)  # warnings and worse
    server = FTPServer(address, Handler)
    print(f"{folder}: {used(folder)} of {quota} bytes used", flush=True)
    server.serve_forever(handle_exit=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a folder by FTP.")
    parser.add_argument("folder", help="what to serve")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen at (0.0.0.0)")
    parser.add_argument("-p", metavar="PORT", type=int, default=2121, help="TCP port (2121)")
    parser.add_argument("--quota", metavar="BYTES", type=int, default=10**6, help="(1000000)")
    args = parser.parse_args()
    try:
        main(args.folder, (args.host, args.p), args.quota)
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"{args.folder} at port {args.p}: {error}")
