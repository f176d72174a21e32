#!/usr/bin/env python3
"""Upload over TLS to a server that wants proof: both connections are one client's.

    python3 ftps_upload.py HOST USER FILE FOLDER

vsftpd wants it, if its require_ssl_reuse is not switched off.
"""

import argparse
import socket
import ssl
from ftplib import FTP_TLS

from ftp_account import ACCOUNT, logged_in


class SameSession(FTP_TLS):
    """FTPS whose data connections resume the TLS session of the control connection."""

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        # Past FTP_TLS's own method, which would start a new session, to the plain one.
        data, size = super(FTP_TLS, self).ntransfercmd(cmd, rest)
        assert isinstance(self.sock, ssl.SSLSocket)
        tls = self.context.wrap_socket(data, server_hostname=self.host, session=self.sock.session)
        print(f"Data connection: {tls.version()}, session resumed: {tls.session_reused}")
        return tls, size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Upload over TLS.", parents=[ACCOUNT])
    args = parser.parse_args()
    tls = SameSession(context=ssl.create_default_context(), timeout=30)
    with logged_in(args, tls) as ftp:
        with args.file.open("rb") as file:
            ftp.storbinary(f"STOR {args.file.name}", file)
        print("Uploaded", ftp.size(args.file.name), "bytes")
