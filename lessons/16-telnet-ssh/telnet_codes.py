#!/usr/bin/env python3
"""Answer Telnet's options ourselves: agree to one, and show what else the server wants.

python3 telnet_codes.py ftp.example.com brandon
"""

import argparse
import getpass

from endings import one_sentence
from telnet import Telnet
from telnet_login import log_in
from telnet_parser import DO, IAC, SB, SE, WILL, Command

TTYPE = 24  # RFC 1091: the terminal's type
IS, SEND = b"\0\1"


class Talkative(Telnet):
    def answer(self, asked: Command) -> None:
        if asked == (DO, TTYPE, b""):
            print("Will tell my terminal type")
            self.command(WILL, TTYPE)
        elif asked == (SB, TTYPE, bytes([SEND])):
            print('Sending terminal type "mypython"')
            self.command(SB, TTYPE, IS, *b"mypython", IAC, SE)
        elif asked.verb in (DO, WILL):
            print("Will not" if asked.verb == DO else "Do not", asked.option)
            super().answer(asked)


def main(host: str, user: str, password: str) -> None:
    with Talkative(host) as server:
        log_in(server, user, password)
        server.write_line("exec echo My terminal type is $TERM")
        print(server.read_all(), end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Log in over Telnet as a terminal of our own.")
    parser.add_argument("host", help="the Telnet server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, EOFError):
        main(args.host, args.user, getpass.getpass())
