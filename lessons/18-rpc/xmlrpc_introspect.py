#!/usr/bin/env python3
"""Ask an XML-RPC server which functions it has.

python3 xmlrpc_introspect.py http://www.example.com:7001/RPC2
"""

import argparse
import sys
from contextlib import suppress
from textwrap import indent
from xmlrpc.client import Error, ServerProxy


def main(url: str) -> None:
    with ServerProxy(url) as proxy:
        print("Here are the functions supported by this server:")
        for name in map(str, proxy.system.listMethods()):  # type: ignore[arg-type]
            if not name.startswith("system."):
                print(f"{name}(...)\n{indent(str(proxy.system.methodHelp(name)), '    ')}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Which functions are there?")
    parser.add_argument("url", help="http://HOST:7001/RPC2")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url)
        except (OSError, Error) as error:
            sys.exit(f"{args.url}: {error}")
