#!/usr/bin/env python3
"""Twisted, from which asyncio has its protocols and transports (2002, and still at work).

pip install twisted
python3 srv_twisted.py ''
"""

import argparse
import socket
from typing import Any

import zen_utils
from twisted.internet import error, interfaces, protocol
from twisted.internet import reactor as installed
from zope.interface import implementer  # type: ignore[import-untyped, unused-ignore]

reactor: Any = installed


@implementer(interfaces.IHalfCloseableProtocol)
class Zen(protocol.Protocol):  # type: ignore[misc, unused-ignore]
    """One object for each connection; the names are older than PEP 8's advice."""

    link: Any

    def connectionMade(self) -> None:  # noqa: N802
        self.link = self.transport
        peer = self.link.getPeer()
        self.address = (peer.host, peer.port)
        self.framer = zen_utils.Framer()
        self.error: Exception | None = None
        print(f"Accepted connection from {self.address}", flush=True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        try:
            for question in self.framer.questions(data):
                self.link.write(zen_utils.answer_to(question))
        except ValueError as trouble:
            self.error = trouble
            self.link.loseConnection()

    def readConnectionLost(self) -> None:  # noqa: N802
        self.link.loseConnection()  # without this method, Twisted drops answers not sent yet

    def writeConnectionLost(self) -> None:  # noqa: N802
        """We never close only our half."""

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        clean = reason.check(error.ConnectionDone)
        trouble = self.error or (None if clean else reason.value)
        zen_utils.report_end(self.address, self.framer, trouble)


def serve(listener: socket.socket) -> None:
    listener.setblocking(False)
    factory = protocol.Factory.forProtocol(Zen)
    reactor.adoptStreamPort(listener.fileno(), listener.family, factory)
    reactor.run()


if __name__ == "__main__":
    about = "Twisted, from which asyncio has its protocols and transports."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    zen_utils.run(serve, parser.parse_args())
