#!/usr/bin/env python3
"""Log in to a Telnet server and run one command.

    python3 telnet_login.py ftp.example.com brandon

Never do this over a network that you do not own: everybody on the way can read the password.
"""

import argparse
import getpass
import sys

from endings import one_sentence
from telnet import Telnet


def log_in(server: Telnet, user: str, password: str) -> None:
    server.expect(b"login:")
    server.write_line(user)
    server.expect(b"assword:")  # Password: or password:
    server.write_line(password)
    if server.expect(b"Login incorrect", b"$ ") == b"Login incorrect":
        sys.exit("Username and password failed - giving up")


def main(host: str, user: str, password: str) -> None:
    with Telnet(host) as server:
        log_in(server, user, password)
        server.write_line("exec uptime")
        print(server.read_all(), end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in over Telnet and run uptime.")
    parser.add_argument("host", help="the Telnet server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, EOFError):
        main(args.host, args.user, getpass.getpass())
