#!/usr/bin/env python3
"""An SSH server with one command, `words`, that counts the words it is sent. It has no shell.

ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key
python3 ssh_server.py /tmp/host_key ~/.ssh/authorized_keys
"""

import argparse
import asyncio

import asyncssh
from endings import one_sentence


async def serve(process: asyncssh.SSHServerProcess[str]) -> None:
    user, command = process.get_extra_info("username"), process.command
    print(f"{user} asks for {command!r}", flush=True)
    if command == "words":
        text = await process.stdin.read()
        process.stdout.write(f"{len(text.split())}\n")
        process.exit(0)
    else:
        process.stderr.write("All I can do is: words\n")
        process.exit(127)


async def main(host_key: str, authorized_keys: str, port: int) -> None:
    server = await asyncssh.listen(
        port=port,
        server_host_keys=[host_key],
        authorized_client_keys=authorized_keys,
        process_factory=serve,
    )
    print(f"Listening at port {port}", flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Count words over SSH.")
    parser.add_argument("host_key", help="file with the private key that shows who we are")
    parser.add_argument("authorized_keys", help="file with the public keys of who may come")
    parser.add_argument("-p", metavar="PORT", type=int, default=2222, help="TCP port (2222)")
    args = parser.parse_args()
    with one_sentence("Cannot serve", ValueError, asyncssh.Error):
        asyncio.run(main(args.host_key, args.authorized_keys, args.p))
