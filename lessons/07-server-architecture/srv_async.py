#!/usr/bin/env python3
"""All clients in one thread, with an event loop written by hand.

    python3 srv_async.py ''

No call may block, but one: select(), which waits for all sockets at once.
"""

import argparse
import selectors
import socket
from contextlib import suppress

import zen_utils

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Client:
    """What a thread would keep in its local variables and in its place in the code."""

    def __init__(self, sock: socket.socket, address: object) -> None:
        print(f"Accepted connection from {address}", flush=True)
        self.sock, self.address = sock, address
        self.framer = zen_utils.Framer()
        self.unsent = b""

    def step(self) -> int:
        """Do what can be done now; the event to wait for next, or 0 if this was the end."""
        if self.unsent:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        elif data := self.sock.recv(4096):
            answers = map(zen_utils.answer_to, self.framer.questions(data))
            self.unsent = b"".join(answers)
        else:
            return 0
        # Who does not read our answers is not asked for more questions: memory stays bounded.
        return WRITE if self.unsent else READ


def attend(client: Client, selector: selectors.BaseSelector) -> None:
    error = None
    try:
        if event := client.step():
            selector.modify(client.sock, event, client)
            return
    except BlockingIOError:  # a false alarm, says select(2), is possible
        return
    except (OSError, ValueError) as trouble:
        error = trouble
    # Before close(): afterwards the number of the descriptor may belong to somebody else.
    selector.unregister(client.sock)
    client.sock.close()
    zen_utils.report_end(client.address, client.framer, error)


def serve(listener: socket.socket) -> None:
    listener.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, READ)
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    attend(key.data, selector)
                    continue
                with suppress(BlockingIOError, ConnectionAbortedError):
                    sock, address = listener.accept()
                    sock.setblocking(False)
                    selector.register(sock, READ, Client(sock, address))


if __name__ == "__main__":
    about = "All clients in one thread, with an event loop written by hand."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    zen_utils.run(serve, parser.parse_args())
