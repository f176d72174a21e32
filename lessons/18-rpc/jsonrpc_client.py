#!/usr/bin/env python3
"""Call a function over JSON-RPC, and see what was said.

python3 jsonrpc_client.py http://www.example.com:7002/
"""

import argparse
import sys
from contextlib import suppress
from xmlrpc.client import ProtocolError as HTTPError

import jsonrpclib


def main(url: str) -> None:
    history = jsonrpclib.history.History()
    proxy = jsonrpclib.ServerProxy(url, history=history)
    print(proxy.lengths((1, 2, 3), 27, {"Sirius": -1.46, "Rigel": 0.12}))
    print("-->", history.request)
    print("<--", history.response)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call a function with JSON-RPC.")
    parser.add_argument("url", help="http://HOST:7002/")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url)
        except (OSError, HTTPError, jsonrpclib.ProtocolError) as error:
            sys.exit(f"{args.url}: {error}")
