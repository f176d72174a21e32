#!/usr/bin/env python3
"""Mirror a folder of a server: several files at once, half ones go on, sums are checked.

    python3 mirror.py FOLDER LOCAL [--host HOST] [-p PORT] [-j CONNECTIONS]

If FOLDER has a file SHA256SUMS, each file that it names must agree with it.
"""

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import checksums

Job = tuple[PurePosixPath, Path, dict[str, Any]]


def is_current(here: Path, size: int, time: float) -> bool:
    return here.exists() and (here.stat().st_size, here.stat().st_mtime) == (size, time)


async def fetch(client: Any, there: PurePosixPath, here: Path, info: dict[str, Any]) -> None:
    time = datetime.strptime(info["modify"], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    if is_current(here, int(info["size"]), time):
        return
    here.parent.mkdir(parents=True, exist_ok=True)
    part = here.with_name(here.name + ".part")
    with part.open("ab") as file:
        start = file.tell()
        async with client.download_stream(there, offset=start) as stream:
            async for block in stream.iter_by_block(65536):
                file.write(block)
    os.utime(part, (time, time))  # by this the next run knows it
    part.rename(here)
    print(f"{there}{f' from byte {start}' if start else ''}")


async def jobs_of(client: Any, folder: str, local: Path) -> list[Job]:
    jobs = []
    async for there, info in client.list(folder, recursive=True):
        relative = there.relative_to(folder)  # ValueError if it is elsewhere
        if ".." in relative.parts:
            raise ValueError(f"the server has an impossible name: {there}")
        if info["type"] == "file":
            jobs.append((there, local / relative, info))
    return jobs


async def main(args: argparse.Namespace) -> None:
    import aioftp  # the slow one

    async def worker() -> None:
        # A connection carries one file at a time; for more at once, more of them.
        async with aioftp.Client.context(args.host, args.p, socket_timeout=30) as client:
            while jobs:
                await fetch(client, *jobs.pop())

    try:
        async with aioftp.Client.context(args.host, args.p, socket_timeout=30) as client:
            jobs = await jobs_of(client, args.folder, args.local)
        await asyncio.gather(*(worker() for _ in range(args.j)))
    except (aioftp.AIOFTPException, OSError, ValueError) as error:
        sys.exit(f"{args.host}: {error}")
    if wrong := checksums.wrong(args.local):
        for path in wrong:
            path.unlink(missing_ok=True)  # so that the next run fetches it
            print("wrong checksum, deleted:", path)
        sys.exit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Mirror a folder of an FTP server.")
    parser.add_argument("folder", help="on the server, /pub for example")
    parser.add_argument("local", type=Path, help="where it is to appear")
    parser.add_argument("--host", default="ftp.example.com", help="(ftp.example.com)")
    parser.add_argument("-p", metavar="PORT", type=int, default=21, help="TCP port (21)")
    parser.add_argument("-j", metavar="CONNECTIONS", type=int, default=4, help="how many (4)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(main(args))
