"""Four ways to fetch the file that a URL names; each returns its bytes.

It is not run by itself: sftp_vs_ftps.py counts what they cost.
"""

import ssl
from contextlib import suppress
from ftplib import FTP, FTP_TLS
from urllib.parse import SplitResult


def by_ftp(url: SplitResult) -> bytes:
    blocks = list[bytes]()
    context = ssl.create_default_context()
    with FTP_TLS(context=context) if url.scheme == "ftps" else FTP() as ftp:
        ftp.connect(url.hostname or "", url.port or 21, timeout=30)
        ftp.login()
        if isinstance(ftp, FTP_TLS):
            ftp.prot_p()
        ftp.retrbinary(f"RETR {url.path}", blocks.append)
    return b"".join(blocks)


def by_sftp(url: SplitResult) -> bytes:
    import paramiko

    with paramiko.SSHClient() as ssh:  # it refuses a host whose key it doesn't know
        ssh.load_system_host_keys()
        with suppress(FileNotFoundError):
            ssh.load_system_host_keys("/etc/ssh/ssh_known_hosts")
        ssh.connect(url.hostname or "", url.port or 22, url.username, timeout=30)
        with ssh.open_sftp() as sftp, sftp.open(url.path) as file:
            file.prefetch()  # ask for all pieces before the first has come
            return bytes(file.read())


def by_https(url: SplitResult) -> bytes:
    import httpx2

    return httpx2.get(url.geturl(), timeout=30).raise_for_status().content


WAYS = {"ftp": by_ftp, "ftps": by_ftp, "sftp": by_sftp, "https": by_https}
