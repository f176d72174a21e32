#!/usr/bin/env python3
"""For inetd, "nowait": started anew for each client, whose socket is descriptor 0.

In inetd.conf (zen_utils.py must be in the same folder):

    1060 stream tcp4 nowait brandon /usr/bin/python3 python3 /in_zen1.py
"""

import argparse

import zen_utils

if __name__ == "__main__":
    argparse.ArgumentParser(description="Started by inetd for one client.").parse_args()
    sock = zen_utils.socket_from_inetd("/tmp/zen.log")
    try:
        zen_utils.converse(sock, sock.getpeername(), patience=60)
    except OSError as error:
        print("Descriptor 0 is no client; inetd should start me:", error)
