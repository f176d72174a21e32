#!/usr/bin/env python3
"""Use SSH as if it were Telnet: type into a shell, and collect whatever comes. A bad idea.

python3 ssh_simple.py www.example.com brandon
"""

import argparse
import sys

import paramiko
from connecting import connect
from endings import one_sentence


def main(host: str, user: str) -> None:
    with connect(host, user) as client, client.invoke_shell(term="dumb") as channel:
        channel.sendall(b"echo Hello, world\rexit\r")
        while data := channel.recv(4096):
            sys.stdout.buffer.write(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Type two lines into a shell over SSH.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, paramiko.SSHException):
        main(args.host, args.user)
