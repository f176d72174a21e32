#!/usr/bin/env python3
"""Count the lines of a file that stays with the client, and tell him about each.

    python3 rpyc_server.py /tmp/brandon.crt

Only who has the private key of a certificate in that file may connect. Anybody else could do
more than count: never run RPyC without this.
"""

import argparse
import logging
import ssl
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

import rpyc
from rpyc.utils.authenticators import SSLAuthenticator
from rpyc.utils.server import ThreadedServer


class MyService(rpyc.Service):  # type: ignore[misc]
    def exposed_line_counter(self, lines: Iterable[str], function: Callable[[str], None]) -> int:
        print("Client has invoked exposed_line_counter()", flush=True)
        count = 0
        for line in lines:  # each comes over the network
            function(line)  # and this call goes back
            count += 1
        return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Count lines for clients with a key.")
    parser.add_argument("clients", help="file with the certificates of those who may")
    parser.add_argument("-p", metavar="PORT", type=int, default=18861, help="TCP port (18861)")
    own = "/etc/nginx/tls/host"
    parser.add_argument("--cert", default=f"{own}.crt", help=f"the server's own ({own}.crt)")
    parser.add_argument("--key", default=f"{own}.key", help=f"and its key ({own}.key)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            tls = ssl.create_default_context(cafile=args.clients)
            tls.load_cert_chain(args.cert, args.key)  # mistakes show now, not at the first client
            who = SSLAuthenticator(args.key, args.cert, ca_certs=args.clients)
            quiet = logging.Logger("rpyc", logging.ERROR)
            server = ThreadedServer(MyService, port=args.p, authenticator=who, logger=quiet)
            print("Listening at port", args.p, flush=True)
            server.start()
        except OSError as error:
            sys.exit(f"port {args.p}: {error}")
