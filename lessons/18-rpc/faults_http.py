"""The bank of faults_bank.py in three systems that are, seen closely, a body in a POST.

It is used by faults_server.py.
"""

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from xmlrpc.server import SimpleXMLRPCDispatcher

from faults_bank import Bank
from jsonrpc_own import answer

http, json_rpc, xml_rpc = Bank(), Bank(), SimpleXMLRPCDispatcher()
xml_rpc.register_function(Bank().pay)  # type: ignore[arg-type]


class OverHTTP(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/RPC2":
            reply: Any = xml_rpc._marshaled_dispatch(body)
        elif self.path == "/json":
            reply = (answer(body, {"pay": json_rpc.pay}) or "").encode()
        else:
            key, call = self.headers["Idempotency-Key"], json.loads(body)
            reply = json.dumps(http.pay(call["purse"], key, call["cents"])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml" if self.path == "/RPC2" else "application/json")
        self.send_header("Content-Length", str(len(reply)))
        with suppress(ConnectionError):  # who asked has lost his patience
            self.end_headers()
            self.wfile.write(reply)

    def log_message(self, format: str, *args: object) -> None:
        pass
