#!/usr/bin/env python3
"""Two commands at the same time over one SSH connection: a channel and a thread for each.

python3 ssh_threads.py www.example.com brandon
"""

import argparse
from concurrent.futures import ThreadPoolExecutor

import paramiko
from connecting import connect
from endings import one_sentence

COMMANDS = (
    "echo One; sleep 1; echo Two; sleep 1; echo Three",
    "sleep 0.5; echo A; sleep 1; echo B; sleep 1; echo C",
)


def run(client: paramiko.SSHClient, command: str) -> None:
    _, stdout, _ = client.exec_command(command)
    for line in stdout:
        print(line, end="", flush=True)


def main(host: str, user: str) -> None:
    with connect(host, user) as client, ThreadPoolExecutor() as pool:
        for done in [pool.submit(run, client, command) for command in COMMANDS]:
            done.result()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run two commands at the same time.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, paramiko.SSHException):
        main(args.host, args.user)
