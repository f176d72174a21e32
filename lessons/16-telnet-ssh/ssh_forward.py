#!/usr/bin/env python3
"""Forward ports through an SSH connection, in the three ways that there are.

python3 ssh_forward.py -L 8000:localhost:80 www.example.com      what www reaches, here
python3 ssh_forward.py -R 8000:localhost:80 www.example.com      what we reach, on www
python3 ssh_forward.py -D 1080 www.example.com                   a SOCKS proxy here
"""

import argparse
import asyncio

import asyncssh
from endings import one_sentence
from known import known_hosts


def route(text: str) -> tuple[int, str, int]:
    """PORT:HOST:PORT as ssh(1) has it: where to listen, and where it leads."""
    port, host, target = text.split(":")
    return int(port), host, int(target)


async def main(args: argparse.Namespace) -> None:
    async with asyncssh.connect(args.host, known_hosts=known_hosts()) as connection:
        if args.L:
            await connection.forward_local_port("localhost", *args.L)
        elif args.R:
            await connection.forward_remote_port("localhost", *args.R)
        else:
            await connection.forward_socks("localhost", args.D)
        print("Forwarding", flush=True)
        await connection.wait_closed()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Forward ports through SSH.")
    parser.add_argument("host", help="the SSH server")
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("-L", metavar="PORT:HOST:PORT", type=route, help="listen here, connect there")
    ways.add_argument("-R", metavar="PORT:HOST:PORT", type=route, help="listen there, connect here")
    ways.add_argument("-D", metavar="PORT", type=int, help="listen here, connect as SOCKS says")
    args = parser.parse_args()
    with one_sentence(args.host, asyncssh.Error):
        asyncio.run(main(args))
