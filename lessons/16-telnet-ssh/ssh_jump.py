#!/usr/bin/env python3
"""Reach a host by way of others: each SSH connection runs inside the one before.

python3 ssh_jump.py hostname example.com www.example.com
"""

import argparse
import asyncio
from contextlib import AsyncExitStack

import asyncssh
from endings import one_sentence
from known import known_hosts


async def main(command: str, hosts: list[str]) -> None:
    async with AsyncExitStack() as stack:
        connection = None
        for host in hosts:
            further = asyncssh.connect(host, tunnel=connection, known_hosts=known_hosts())
            connection = await stack.enter_async_context(further)
            print("Through to", host)
        assert connection  # argparse sees to it that there is a host
        result = await connection.run(command)
        print(result.stdout, end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run a command on a host behind others.")
    parser.add_argument("command", help="what to run on the last host")
    parser.add_argument("host", nargs="+", help="the hosts to jump over, then the one meant")
    args = parser.parse_args()
    with one_sentence("Not through", asyncssh.Error):
        asyncio.run(main(args.command, args.host))
