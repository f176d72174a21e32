"""Pay ten, in six systems: each function below asks for the same, and says how long it waits.

It is used by rpc_faults.py.
"""

import http.client
import json
import socket
from typing import Any
from xmlrpc.client import ServerProxy, Transport

import grpc
import httpx2
import msgpack
import rpyc

PATIENCE = 2.0  # seconds


class Impatient(Transport):
    """xmlrpc.client has no time-out of its own: without this it waits for ever."""

    def make_connection(self, host: str) -> http.client.HTTPConnection:  # type: ignore[override]
        return http.client.HTTPConnection(host, timeout=PATIENCE)


def xml_rpc(host: str, port: int, purse: str, key: str) -> Any:
    with ServerProxy(f"http://{host}:{port}/RPC2", Impatient()) as proxy:
        return proxy.pay(purse, key, 10)


def json_rpc(host: str, port: int, purse: str, key: str) -> Any:
    call = {"jsonrpc": "2.0", "method": "pay", "params": [purse, key, 10], "id": 1}
    return httpx2.post(f"http://{host}:{port}/json", json=call, timeout=PATIENCE).json()["result"]


def plain_http(host: str, port: int, purse: str, key: str) -> Any:
    url, named = f"http://{host}:{port}/payments", {"Idempotency-Key": key}
    return httpx2.post(
        url, json={"purse": purse, "cents": 10}, headers=named, timeout=PATIENCE
    ).json()


def message_pack(host: str, port: int, purse: str, key: str) -> Any:
    with (
        socket.create_connection((host, port + 1), PATIENCE) as sock,
        sock.makefile("rb", 0) as file,
    ):
        sock.sendall(msgpack.packb([0, 1, "pay", [purse, key, 10]]))
        return next(msgpack.Unpacker(file))[3]


def rpyc_proxy(host: str, port: int, purse: str, key: str) -> Any:
    limit = {"sync_request_timeout": PATIENCE}
    with rpyc.connect(host, port + 2, config=limit) as connection:
        return connection.root.pay(purse, key, 10)


def grpc_call(host: str, port: int, purse: str, key: str) -> Any:
    with grpc.insecure_channel(f"{host}:{port + 3}") as channel:
        pay = channel.unary_unary("/Bank/Pay", lambda it: json.dumps(it).encode(), json.loads)
        return pay([purse, key, 10], timeout=PATIENCE)


SYSTEMS = {
    "XML-RPC": xml_rpc,
    "JSON-RPC": json_rpc,
    "plain HTTP": plain_http,
    "MessagePack": message_pack,
    "RPyC": rpyc_proxy,
    "gRPC": grpc_call,
}
