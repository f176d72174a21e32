#!/usr/bin/env python3
"""Started by systemd when somebody comes: sockets are descriptors 3 and up.

    python3 srv_systemd.py --units            prints the two unit files
    python3 srv_systemd.py --units --accept   ... for one process for each client

Without systemd: python3 mini_inetd.py '' wait --systemd -- python3 srv_systemd.py
"""

import argparse
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import zen_utils

UNITS = """\
# /etc/systemd/system/zen.socket
[Socket]
ListenStream={port}
Accept={accept}

[Install]
WantedBy=sockets.target

# /etc/systemd/system/zen{at}.service
[Service]
ExecStart=/usr/bin/python3 {program}
DynamicUser=yes
StandardOutput=journal
"""


def passed_sockets() -> list[socket.socket]:
    """sd_listen_fds(3): LISTEN_FDS of them, if LISTEN_PID is us and not our parent."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()):
        return []
    return [socket.socket(fileno=3 + n) for n in range(int(os.environ.pop("LISTEN_FDS", "0")))]


def main(patience: float) -> None:
    sockets = passed_sockets()
    if not sockets:
        sys.exit("I was given no socket; systemd or mini_inetd.py --systemd should start me")
    [sock] = sockets
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        zen_utils.converse(sock, sock.getpeername(), patience)  # Accept=yes: it is a client
        return
    sock.settimeout(patience)
    with suppress(TimeoutError):
        while True:
            client, address = sock.accept()
            zen_utils.converse(client, address, patience)
    print(f"Waited {patience:g} seconds with no further connections; shutting down", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a socket that systemd has opened.")
    parser.add_argument("--patience", metavar="S", type=float, default=8, help="then leave (8)")
    parser.add_argument("--units", action="store_true", help="print unit files")
    parser.add_argument("--accept", action="store_true", help="units with Accept=yes")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="for the units")
    args = parser.parse_args()
    if args.units:
        accept, at = ("yes", "@") if args.accept else ("no", "")
        program = Path(__file__).resolve()
        fields = {"port": args.p, "accept": accept, "at": at, "program": program}
        print(UNITS.format(**fields), end="")
    else:
        with suppress(KeyboardInterrupt):
            main(args.patience)
