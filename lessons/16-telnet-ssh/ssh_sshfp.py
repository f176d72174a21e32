#!/usr/bin/env python3
"""Trust a host key because its fingerprint stands in the DNS (RFC 4255).

python3 ssh_sshfp.py www.example.com hostname
python3 ssh_sshfp.py --unsigned www.example.com hostname     believe the DNS without a proof
"""

import argparse
import asyncio
import hashlib
import sys

import asyncssh
import dns.exception
import dns.flags
import dns.resolver
from endings import one_sentence

SHA256 = 2  # RFC 6594


class FromDNS(asyncssh.SSHClient):
    def __init__(self, host: str, unsigned: bool) -> None:
        answer = dns.resolver.resolve(host, "SSHFP")
        if not unsigned and not answer.response.flags & dns.flags.AD:
            sys.exit(f"{host}: nobody vouches for this answer of the DNS")
        self.known = [record.fingerprint for record in answer if record.fp_type == SHA256]

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        return hashlib.sha256(key.public_data).digest() in self.known


async def main(host: str, command: str, unsigned: bool) -> None:
    client = FromDNS(host, unsigned)
    async with asyncssh.connect(host, known_hosts=b"", client_factory=lambda: client) as connection:
        result = await connection.run(command)
    print(result.stdout, end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Find a host's key in the DNS.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("command", help="what to run there")
    parser.add_argument("--unsigned", action="store_true", help="do without DNSSEC")
    args = parser.parse_args()
    with one_sentence(args.host, asyncssh.Error, dns.exception.DNSException):
        asyncio.run(main(args.host, args.command, args.unsigned))
