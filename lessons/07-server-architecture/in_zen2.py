#!/usr/bin/env python3
"""For inetd, "wait": gets the listening socket, serves many, and leaves when nobody comes.

In inetd.conf (zen_utils.py must be in the same folder):

    1061 stream tcp4 wait brandon /usr/bin/python3 python3 /in_zen2.py
"""

import argparse

import zen_utils

PATIENCE = 8  # seconds; for a client that says nothing as well as for one that does not come

if __name__ == "__main__":
    argparse.ArgumentParser(description="Started by inetd for many clients.").parse_args()
    listener = zen_utils.socket_from_inetd("/tmp/zen.log")
    listener.settimeout(PATIENCE)
    try:
        while True:
            sock, address = listener.accept()
            zen_utils.converse(sock, address, PATIENCE)
    except TimeoutError:
        print(f"Waited {PATIENCE} seconds with no further connections; shutting down")
    except OSError as error:
        print("Descriptor 0 is no listening socket; inetd should start me:", error)
