#!/usr/bin/env python3
"""The bank of faults_bank.py, open in six systems at once. Each has its own money.

python3 faults_server.py
"""

import argparse
import json
import socketserver
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import ThreadingHTTPServer

import grpc
import msgpack
import rpyc
from faults_bank import Bank
from faults_http import OverHTTP
from rpyc.utils.server import ThreadedServer

bank = Bank()


class MessagePack(socketserver.StreamRequestHandler):
    rbufsize = 0  # read what is there, and wait for no more

    def handle(self) -> None:
        for _, number, _, params in msgpack.Unpacker(self.rfile):
            response = msgpack.packb([1, number, None, bank.pay(*params)])
            with suppress(ConnectionError):
                self.wfile.write(response)


class Service(rpyc.Service):  # type: ignore[misc]
    exposed_pay = Bank().pay


def over_grpc(port: int) -> grpc.Server:
    bank, method = Bank(), grpc.unary_unary_rpc_method_handler
    pay = method(lambda call, _: bank.pay(*call), json.loads, lambda it: json.dumps(it).encode())
    server = grpc.server(ThreadPoolExecutor())  # JSON instead of Protocol Buffers: it may
    server.add_registered_method_handlers("Bank", {"Pay": pay})
    server.add_insecure_port(f"0.0.0.0:{port}")
    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A bank whose first answers get lost.")
    parser.add_argument(
        "-p", metavar="PORT", type=int, default=7100, help="the first of four (7100)"
    )
    port = parser.parse_args().p
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with suppress(KeyboardInterrupt):
        try:
            packed = socketserver.ThreadingTCPServer(("", port + 1), MessagePack)
            proxied = ThreadedServer(Service, port=port + 2)
            called = over_grpc(port + 3)
            for serve in (packed.serve_forever, proxied.start, called.start):
                threading.Thread(target=serve, daemon=True).start()
            with ThreadingHTTPServer(("", port), OverHTTP) as server:
                print("Six banks are open", flush=True)
                server.serve_forever()
        except (OSError, OverflowError, RuntimeError) as error:
            sys.exit(f"port {port}: {error}")
