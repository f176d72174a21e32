#!/usr/bin/env python3
"""Call the functions of an XML-RPC server as if they were here.

python3 xmlrpc_client.py http://www.example.com:7001/RPC2
"""

import argparse
import sys
from contextlib import suppress
from xmlrpc.client import Fault, ProtocolError, ServerProxy

ADA = {"name": "Ada", "born": {"year": 1815, "city": "London"}}


def main(url: str, verbose: bool) -> None:
    with ServerProxy(url, verbose=verbose) as proxy:
        print(proxy.addtogether("x", "ÿ", "z"))
        print(proxy.addtogether(20, 30, 4, 1))
        for factors in ((2, -4, 0), (1, 2, 1)):
            print(proxy.quadratic(*factors))
        for value in ((1, 2.0, "three"), [1, 2.0, "three"], ADA):
            print(proxy.remote_repr(value))
        print(proxy.quadratic(1, 0, 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call functions on another machine.")
    parser.add_argument("url", help="http://HOST:7001/RPC2")
    parser.add_argument("-v", action="store_true", help="show what goes over the wire")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.v)
        except Fault as fault:
            sys.exit(f"The function failed there: fault {fault.faultCode}, {fault.faultString}")
        except (OSError, ProtocolError) as error:
            sys.exit(f"{args.url}: {error}")
