#!/usr/bin/env python3
"""What ssh_threads.py does, with asyncssh: a channel and a task for each command.

python3 ssh_tasks.py www.example.com brandon
"""

import argparse
import asyncio

import asyncssh
from endings import one_sentence
from known import known_hosts

COMMANDS = (
    "echo One; sleep 1; echo Two; sleep 1; echo Three",
    "sleep 0.5; echo A; sleep 1; echo B; sleep 1; echo C",
)


async def run(connection: asyncssh.SSHClientConnection, command: str) -> None:
    async with connection.create_process(command) as process:
        async for line in process.stdout:
            print(line, end="", flush=True)


async def main(host: str, user: str) -> None:
    async with (
        asyncssh.connect(host, username=user, known_hosts=known_hosts()) as connection,
        asyncio.TaskGroup() as group,
    ):
        for command in COMMANDS:
            group.create_task(run(connection, command))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run two commands at the same time.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    args = parser.parse_args()
    with one_sentence(args.host, asyncssh.Error):
        asyncio.run(main(args.host, args.user))
