#!/usr/bin/env python3
"""Fetch files over SFTP into a folder, and show how far we are.

python3 sftp_get.py --dest /tmp www.example.com brandon /etc/os-release
"""

import argparse
import asyncio
from pathlib import Path, PurePosixPath

import asyncssh
from endings import one_sentence
from known import known_hosts


def progress(source: bytes, _: bytes, done: int, total: int) -> None:
    percent = 100 * done / total if total else 100.0  # an empty file is complete at once
    name = source.decode(errors="backslashreplace")
    print(f"Transfer of {name!r} is at {done}/{total} bytes ({percent:.1f}%)")


async def main(host: str, user: str, files: list[str], dest: Path) -> None:
    async with (
        asyncssh.connect(host, username=user, known_hosts=known_hosts()) as connection,
        connection.start_sftp_client() as sftp,
    ):
        for file in files:
            here = dest / PurePosixPath(file).name
            await sftp.get(file, here, follow_symlinks=True, progress_handler=progress)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch files over SFTP.")
    parser.add_argument("host", help="the SSH server")
    parser.add_argument("user", help="the name to log in with")
    parser.add_argument("file", nargs="+", help="what to fetch")
    parser.add_argument("--dest", type=Path, default=Path(), help="folder to put it into (this)")
    args = parser.parse_args()
    with one_sentence(args.host, asyncssh.Error):
        asyncio.run(main(args.host, args.user, args.file, args.dest))
