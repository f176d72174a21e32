#!/usr/bin/env python3
"""asyncio with callbacks: the loop is asyncio's, and calls our methods.

python3 srv_asyncio1.py ''
"""

import argparse
import asyncio
import socket

import zen_utils


class ZenServer(asyncio.Protocol):
    """One object for each connection; asyncio calls each method below by its name."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.address = transport.get_extra_info("peername")
        self.framer = zen_utils.Framer()
        self.error: Exception | None = None
        print(f"Accepted connection from {self.address}", flush=True)

    def data_received(self, data: bytes) -> None:
        try:
            for question in self.framer.questions(data):
                self.transport.write(zen_utils.answer_to(question))
        except ValueError as error:
            self.error = error
            self.transport.close()

    def pause_writing(self) -> None:  # too many answers are waiting to be read
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        zen_utils.report_end(self.address, self.framer, self.error or exc)


async def main(listener: socket.socket) -> None:
    _server = await asyncio.get_running_loop().create_server(ZenServer, sock=listener)
    # For ever. Python 3.13's serve_forever() would, at Ctrl-C, wait for the last client to leave.
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    about = "asyncio with callbacks: the loop is asyncio's, and calls our methods."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    args = parser.parse_args()
    zen_utils.run(lambda listener: asyncio.run(main(listener)), args)
