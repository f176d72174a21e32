"""The way to a keeper: a connection to its control socket."""

from __future__ import annotations

import socket

from netplay.errors import NoSuchLab

PLAYGROUND = "playground"


def connect(path: str, name: str) -> socket.socket:
    """A line to the keeper of the lab *name* that listens at *path*; `NoSuchLab` if none does."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        line.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        line.close()
        hint = "" if name == PLAYGROUND else f" -n {name}"
        raise NoSuchLab(f"the lab '{name}' is not up; try: netplay{hint} up") from None
    except PermissionError:
        line.close()
        raise NoSuchLab(f"the lab '{name}' belongs to somebody else") from None
    return line
