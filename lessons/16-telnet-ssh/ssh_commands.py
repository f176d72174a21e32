#!/usr/bin/env python3
"""Run commands over one SSH connection, each in a channel of its own.

python3 ssh_commands.py www.example.com brandon
"""

import argparse

import paramiko
from connecting import connect
from endings import one_sentence

COMMANDS = ('echo "Hello, world!"', "uname", "uptime", "ls /no/such/file")


def main(host: str, user: str) -> None:
    with connect(host, user) as client:
        for command in COMMANDS:
            stdin, stdout, stderr = client.exec_command(command)
            stdin.close()
            print(repr(stdout.read()))
            if status := stdout.channel.recv_exit_status():
                print("  Status", status, repr(stderr.read()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run four commands over one connection.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, paramiko.SSHException):
        main(args.host, args.user)
