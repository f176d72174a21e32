#!/usr/bin/env python3
"""Watch a balance, live; or pay somebody, and see your own change.

    python3 live_balance_ws_client.py ws://www.example.com:1060 brandon
    python3 live_balance_ws_client.py ws://www.example.com:1060 sam --pay brandon 7 lunch

--origin says what a browser would: which page's script is calling.
"""

import argparse
import getpass
import json
import sys
from base64 import b64encode
from contextlib import suppress

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect


def main(args: argparse.Namespace) -> None:
    password = getpass.getpass(f"Password of {args.name}: ")
    # RFC 7617: not secret at all without TLS (wss://)
    login = "Basic " + b64encode(f"{args.name}:{password}".encode()).decode()
    with connect(
        args.url, additional_headers={"Authorization": login}, origin=args.origin
    ) as socket:
        print(socket.recv(), flush=True)
        if args.pay:
            account, dollars, memo = args.pay
            socket.send(json.dumps({"account": account, "dollars": dollars, "memo": memo}))
            print(socket.recv())
        else:
            for message in socket:  # the connection stays; the server speaks when there is news
                print(message, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A live balance, by WebSocket.")
    parser.add_argument("url", help="ws://host:port")
    parser.add_argument("name", help="your account")
    parser.add_argument("--pay", nargs=3, metavar=("ACCOUNT", "DOLLARS", "MEMO"))
    parser.add_argument("--origin", help="the site whose page this pretends to be")
    with suppress(KeyboardInterrupt):
        try:
            main(parser.parse_args())
        except (InvalidHandshake, InvalidURI, ConnectionClosed, OSError) as error:
            sys.exit(f"no connection: {error}")
