#!/usr/bin/env python3
"""asyncio with a coroutine: it reads like the server with threads, and is none.

python3 srv_asyncio2.py ''
"""

import argparse
import asyncio
import socket
from contextlib import suppress

import zen_utils


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    address = writer.get_extra_info("peername")
    print(f"Accepted connection from {address}", flush=True)
    framer = zen_utils.Framer()
    try:
        while data := await reader.read(4096):
            for question in framer.questions(data):
                writer.write(zen_utils.answer_to(question))
            await writer.drain()  # waits if the client does not read
        zen_utils.report_end(address, framer)
    except (OSError, ValueError) as error:
        zen_utils.report_end(address, framer, error)
    finally:
        writer.close()  # without it the connection would stay, in the state CLOSE-WAIT
        with suppress(OSError):
            await writer.wait_closed()


async def main(listener: socket.socket) -> None:
    _server = await asyncio.start_server(converse, sock=listener)
    # For ever. Python 3.13's serve_forever() would, at Ctrl-C, wait for the last client to leave.
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    about = "asyncio with a coroutine: it reads like the server with threads, and is none."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    args = parser.parse_args()
    zen_utils.run(lambda listener: asyncio.run(main(listener)), args)
