"""What is in a folder of an FTP server, and which of it are folders.

It is not run by itself: recursedl.py asks it.
"""

from collections.abc import Iterator
from ftplib import FTP, error_perm


def entries(ftp: FTP, folder: str) -> Iterator[tuple[str, bool]]:
    """Pairs of a name and whether it is a folder, in order of the names."""
    ftp.cwd(folder)
    try:
        # RFC 3659 §7.5.1: cdir is the folder itself, pdir the one above it.
        for name, facts in sorted(ftp.mlsd(facts=["type"])):
            if facts["type"] in ("file", "dir"):
                yield checked(name), facts["type"] == "dir"
    except error_perm as error:
        if not str(error).startswith("50"):  # 500, 502: what is MLSD?
            raise
        for name in sorted(ftp.nlst()):
            yield checked(name), is_folder(ftp, folder, name)


def is_folder(ftp: FTP, folder: str, name: str) -> bool:
    """For servers of before 2007: whoever can be entered is a folder."""
    try:
        ftp.cwd(f"{folder}/{name}")
    except error_perm:
        return False
    ftp.cwd(folder)
    return True


def checked(name: str) -> str:
    """The server chooses the names; with ../ in one it could write anywhere on this computer."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"the server has an impossible name: {name!r}")
    return name
