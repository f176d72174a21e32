#!/usr/bin/env python3
"""A museum piece: asyncore and asynchat, Python's event loop from 1999 to 2023.

    python3 srv_legacy2.py ''

Python 3.12 has dropped both; they live on as the packages pyasyncore and pyasynchat.
"""

import argparse
import socket
import sys
import warnings

import zen_utils

warnings.simplefilter("ignore", DeprecationWarning)
try:
    import asynchat
    import asyncore
except ImportError:
    asynchat = None  # type: ignore[assignment, unused-ignore]


def serve(listener: socket.socket) -> None:
    class Talk(asynchat.async_chat):  # type: ignore[misc, unused-ignore]
        def __init__(self, sock: socket.socket, address: object) -> None:
            print(f"Accepted connection from {address}", flush=True)
            super().__init__(sock)
            self.address, self.framer = address, zen_utils.Framer()
            self.set_terminator(None)  # it could look for "?" itself, but knows no limit

        def collect_incoming_data(self, data: bytes) -> None:
            for question in self.framer.questions(data):
                self.push(zen_utils.answer_to(question))

        def found_terminator(self) -> None:
            """Never called, since we set none."""

        def handle_error(self) -> None:
            self.close()
            zen_utils.report_end(self.address, self.framer, sys.exception())

        def handle_close(self) -> None:
            self.close()
            zen_utils.report_end(self.address, self.framer)

    class Door(asyncore.dispatcher):  # type: ignore[misc, unused-ignore]
        def handle_accepted(self, sock: socket.socket, address: object) -> None:
            Talk(sock, address)

    Door(listener).accepting = True
    asyncore.loop()


if __name__ == "__main__":
    about = "A museum piece: asyncore and asynchat, Python's event loop from 1999 to 2023."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    args = parser.parse_args()
    if asynchat is None:
        sys.exit("No asyncore in this Python (3.12 dropped it): pip install pyasyncore pyasynchat")
    zen_utils.run(serve, args)
