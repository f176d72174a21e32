#!/usr/bin/env python3
"""Be a certificate authority for SSH: sign somebody's public key, for a while.

    ssh-keygen -q -t ed25519 -N '' -f /tmp/ca
    python3 ssh_ca.py /tmp/ca ~/.ssh/id_ed25519.pub brandon --seconds 3600

The certificate is written beside the key, where ssh finds it.
"""

import argparse
import time
from pathlib import Path

import asyncssh
from endings import one_sentence


def main(ca: str, public: Path, user: str, seconds: int) -> None:
    authority = asyncssh.read_private_key(ca)
    now = int(time.time())
    certificate = authority.generate_user_certificate(
        asyncssh.read_public_key(public),
        f"{user}, {public.name}",  # stands in the server's log
        principals=[user],  # the accounts that it opens
        valid_after=now - 60,  # clocks differ a little
        valid_before=now + seconds,
    )
    path = public.with_name(f"{public.stem}-cert.pub")
    certificate.write_certificate(path)
    print(f"{path} is good for {seconds} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sign a public key for SSH.")
    parser.add_argument("ca", help="file with the authority's private key")
    parser.add_argument("public", type=Path, help="file with the user's public key")
    parser.add_argument("user", help="the account that it is to open")
    parser.add_argument("--seconds", type=int, default=3600, help="for how long (3600)")
    args = parser.parse_args()
    with one_sentence("Not signed", asyncssh.KeyImportError, asyncssh.KeyExportError):
        main(args.ca, args.public, args.user, args.seconds)
