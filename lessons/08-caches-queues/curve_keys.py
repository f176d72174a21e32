#!/usr/bin/env python3
"""Make a pair of keys for ZeroMQ's CURVE: one half to give away, one to keep.

python3 curve_keys.py /tmp/pi server      /tmp/pi/server.key and /tmp/pi/server.key_secret
"""

import argparse
import os
import sys
from contextlib import suppress

from zmq.auth import create_certificates


def main(folder: str, name: str) -> None:
    os.makedirs(folder, exist_ok=True)
    os.umask(0o077)  # what is made from here on, nobody else may read
    public, secret = create_certificates(folder, name)
    print("to give away:", public)
    print("to keep:     ", secret)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a pair of CURVE keys.")
    parser.add_argument("folder", help="where the two files go")
    parser.add_argument("name", help="whose they are")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            main(args.folder, args.name)
    except OSError as error:
        sys.exit(f"cannot write keys: {error}")
