#!/usr/bin/env python3
"""Operate a program that talks only with people: wait for its question, type the answer.

python3 expect_login.py www.example.com brandon uptime
"""

import argparse
import getpass
import sys

import pexpect

# Always ask for the password, and never believe an unknown host.
OPTIONS = ["-o", "PreferredAuthentications=password", "-o", "StrictHostKeyChecking=yes"]


def main(host: str, user: str, command: str, password: str) -> None:
    ssh = pexpect.spawn("ssh", [*OPTIONS, f"{user}@{host}", command], encoding="utf-8", timeout=10)
    if ssh.expect(["assword:", pexpect.EOF]) == 0:
        ssh.sendline(password)
        if ssh.expect(["assword:", pexpect.EOF]) == 0:
            sys.exit("Wrong password")
    print(ssh.before.strip())
    ssh.close()
    sys.exit(ssh.exitstatus)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Give ssh a password as a person would.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    parser.add_argument("command", help="what to run there")
    args = parser.parse_args()
    try:
        main(args.host, args.user, args.command, getpass.getpass())
    except pexpect.TIMEOUT:
        sys.exit(f"{args.host}: no answer")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
