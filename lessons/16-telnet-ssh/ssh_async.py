#!/usr/bin/env python3
"""Run one command on many hosts at once; one that fails does not stop the others.

python3 ssh_async.py uptime www.example.com ftp.example.com mail.example.com
"""

import argparse
import asyncio
import sys
from contextlib import suppress

import asyncssh
from known import known_hosts


async def ask(host: str, command: str) -> str:
    async with asyncio.timeout(10), asyncssh.connect(host, known_hosts=known_hosts()) as connection:
        result = await connection.run(command, check=True)
    return str(result.stdout).rstrip()


async def main(command: str, hosts: list[str]) -> int:
    questions = [ask(host, command) for host in hosts]
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for host, answer in zip(hosts, answers, strict=True):
        print(f"{host}: {str(answer) or type(answer).__name__}")
    return int(any(isinstance(answer, BaseException) for answer in answers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run a command on many hosts at once.")
    parser.add_argument("command", help="what to run")
    parser.add_argument("host", nargs="+", help="where")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(args.command, args.host)))
