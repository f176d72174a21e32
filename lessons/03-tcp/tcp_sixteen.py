#!/usr/bin/env python3
"""The smallest TCP pair: sixteen bytes there, sixteen bytes back.

    python3 tcp_sixteen.py server ''        on one machine
    python3 tcp_sixteen.py client HOST      on another

'' is every IPv4 address of the machine, and '::' its IPv6 addresses as well.
The server has two kinds of socket: one that listens, and one for each conversation.
"""

import argparse
import socket
import sys
from contextlib import suppress


def recvall(sock: socket.socket, length: int) -> bytes:
    """Exactly *length* bytes, in however many pieces they come."""
    data = b""
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            raise EOFError(f"expected {length} bytes, but the stream ended after {len(data)}")
        data += more
    return data


def serve_one(sock: socket.socket) -> None:
    print("  Socket name:", sock.getsockname())
    print("  Socket peer:", sock.getpeername(), flush=True)
    message = recvall(sock, 16)
    print("  Incoming sixteen-octet message:", repr(message))
    sock.sendall(b"Farewell, client")


def server(host: str, port: int) -> None:
    v6 = ":" in host
    family = socket.AF_INET6 if v6 else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1, dualstack_ipv6=v6)
    with listener:
        print("Listening at", listener.getsockname())
        while True:
            print("Waiting to accept a new connection", flush=True)
            sock, address = listener.accept()
            print("We have accepted a connection from", address)
            try:
                with sock:
                    serve_one(sock)
                print("  Reply sent, socket closed")
            except (EOFError, OSError) as error:  # one client's failure is not the server's
                print("  No reply:", error)


def client(host: str, port: int) -> None:
    with socket.create_connection((host, port)) as sock:
        print("Client has been assigned socket name", sock.getsockname())
        sock.sendall(b"Hi there, server")
        print("The server said", repr(recvall(sock, 16)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send and receive sixteen bytes over TCP.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args.host, args.p)
    except (EOFError, OSError, OverflowError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
