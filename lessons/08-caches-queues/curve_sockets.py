"""Sockets of ZeroMQ that talk encrypted, and only with those whose public key they know.

Imported by queuepi_procs.py. Who waits for calls has in its folder server.key_secret, and in
allowed/ the public keys of those who may call. Who calls has server.key and user.key_secret.
"""

from pathlib import Path

import zmq
from zmq.asyncio import Context, Socket
from zmq.auth import load_certificate
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.utils.monitor import recv_monitor_message

REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


def waiting(context: Context, kind: int, address: str, folder: Path) -> Socket:
    """A socket that others call."""
    if not any((folder / "allowed").glob("*.key")):
        raise FileNotFoundError(f"there are no keys of users in {folder}/allowed")
    authenticator = AsyncioAuthenticator(context)  # the socket asks it about each caller's key
    authenticator.start()
    authenticator.configure_curve(location=folder / "allowed")
    socket = context.socket(kind)
    socket.curve_publickey, socket.curve_secretkey = load_certificate(folder / "server.key_secret")
    socket.curve_server = True
    socket.bind(address)
    return socket


async def calling(context: Context, kind: int, address: str, folder: Path) -> Socket:
    """A socket that calls, once it has been let in. ZeroMQ itself would try on, silently."""
    socket = context.socket(kind)
    socket.curve_publickey, socket.curve_secretkey = load_certificate(folder / "user.key_secret")
    socket.curve_serverkey, _ = load_certificate(folder / "server.key")
    events = socket.get_monitor_socket()
    socket.connect(address)
    said = False
    while (event := (await recv_monitor_message(events))["event"]) != zmq.EVENT_HANDSHAKE_SUCCEEDED:
        if event & REFUSED:
            raise PermissionError(f"{address} does not want to talk with our key")
        if event == zmq.EVENT_CONNECT_RETRIED and not said:
            print(f"nobody is at {address} yet, trying on", flush=True)
            said = True
    socket.disable_monitor()
    return socket
