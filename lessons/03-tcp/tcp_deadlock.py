#!/usr/bin/env python3
"""A client that writes everything before it reads, and what becomes of it when it is a lot.

    python3 tcp_deadlock.py server '' --sndbuf 8192 --rcvbuf 8192
    python3 tcp_deadlock.py client HOST 1000000 --sndbuf 8192 --rcvbuf 8192 --timeout 1

Without the sizes the kernel lets its buffers grow, and it takes more to fill them.
"""

import argparse
import socket
import sys
from contextlib import suppress

MESSAGE = b"capitalize this!"  # 16 bytes


def set_buffers(sock: socket.socket, sizes: argparse.Namespace) -> None:
    for option, size in (socket.SO_SNDBUF, sizes.sndbuf), (socket.SO_RCVBUF, sizes.rcvbuf):
        if size is not None:
            sock.setsockopt(socket.SOL_SOCKET, option, size)


def server(args: argparse.Namespace) -> None:
    with socket.create_server((args.host, args.p)) as listener:
        set_buffers(listener, args)  # every socket that accept() returns has the same sizes
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, address = listener.accept()
            print("Processing up to 1024 bytes at a time from", address)
            done = 0
            try:
                with sock:
                    while data := sock.recv(1024):
                        sock.sendall(data.upper())
                        done += len(data)
                        print(f"\r  {done} bytes processed so far", end="", flush=True)
                print("\n  Socket closed", flush=True)
            except OSError as error:
                print(f"\n  The client has gone: {error.strerror}", flush=True)


def send(sock: socket.socket, data: bytes) -> None:
    sent = 0
    while sent < len(data):
        try:
            sent += sock.send(data[sent : sent + 16])
            print(f"\r  {sent} bytes sent", end="", flush=True)
        except TimeoutError:
            print(f"\r  {sent} bytes sent, and not one more for {sock.gettimeout():g} s")
            sock.settimeout(None)  # now wait as sockets do: for ever
            sock.sendall(data[sent:])
            break
    print()


def client(args: argparse.Namespace) -> None:
    count = (args.bytecount + 15) // 16 * 16
    with socket.create_connection((args.host, args.p)) as sock:
        set_buffers(sock, args)
        print(f"Sending {count} bytes of data, in chunks of 16 bytes", flush=True)
        sock.settimeout(args.timeout)
        send(sock, MESSAGE * (count // 16))
        sock.settimeout(None)
        sock.shutdown(socket.SHUT_WR)
        print("Receiving all the data the server sends back")
        received = 0
        while data := sock.recv(42):
            if not received:
                print("  The first data received says", repr(data))
            received += len(data)
            print(f"\r  {received} bytes received", end="", flush=True)
        print()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bring two ends to wait for each other.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("bytecount", type=int, nargs="?", default=16, help="client: how much (16)")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    parser.add_argument("--sndbuf", type=int, metavar="BYTES", help="size of the send buffer")
    parser.add_argument("--rcvbuf", type=int, metavar="BYTES", help="size of the receive buffer")
    parser.add_argument("--timeout", type=float, help="client: seconds after which it complains")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            (client if args.role == "client" else server)(args)
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
