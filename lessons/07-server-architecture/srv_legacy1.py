#!/usr/bin/env python3
"""The standard library's own frame for servers: socketserver, a thread for each client.

python3 srv_legacy1.py ''
"""

import argparse
import socket
import socketserver

import zen_utils


class ZenHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        zen_utils.converse(self.request, self.client_address)


class ZenServer(socketserver.ThreadingTCPServer):
    daemon_threads = True  # else the end of the program waits for the last client


def serve(listener: socket.socket) -> None:
    server = ZenServer(("", 0), ZenHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever()


if __name__ == "__main__":
    about = "The standard library's own frame for servers: socketserver, a thread for each client."
    parser = argparse.ArgumentParser(description=about, parents=[zen_utils.ADDRESS])
    zen_utils.run(serve, parser.parse_args())
