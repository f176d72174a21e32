#!/usr/bin/env python3
"""One client at a time; the others wait in the listening socket's queue.

python3 srv_single.py ''
"""

import argparse
import socket

import zen_utils


def serve(listener: socket.socket) -> None:
    while True:
        zen_utils.converse(*listener.accept())


if __name__ == "__main__":
    about = "One client at a time; the others wait in the listening socket's queue."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    zen_utils.run(serve, parser.parse_args())
