#!/usr/bin/env python3
"""Tell servers to stop in the middle of a request. Is it answered? Do others get in?

    python3 graceful.py "uvicorn --port 8010 stream_body:app" "hypercorn ..."

Each must serve stream_body:app, whose /ticks takes half a second for each line of its answer.
"""

import argparse
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

REQUEST = b"GET /ticks/%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until(condition: Callable[[], bool], patience: float) -> bool:
    """Whether it came true within so many seconds."""
    end = time.monotonic() + patience
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return true


def stop_in_the_middle(argv: list[str], port: int, ticks: int) -> str:
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            if not wait_until(lambda: not refused(port), 15):
                return f"does not listen at port {port}"
            with socket.create_connection(("127.0.0.1", port), timeout=15) as sock:
                sock.sendall(REQUEST % ticks)
                stream = sock.makefile("rb")
                if not any(line.startswith(b"tick") for line in stream):  # up to the first
                    return "serves something else"
                server.send_signal(signal.SIGTERM)
                turned_away = wait_until(lambda: refused(port), ticks / 3)
                count = 1 + stream.read().count(b"tick")
            status = server.wait(15)
        finally:
            server.kill()
    door = "refused" if turned_away else "not refused"
    return f"{count} of {ticks} ticks, new callers {door}, exit status {status}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stop servers in the middle of a request.")
    parser.add_argument("command", nargs="+", help="a server of stream_body:app")
    parser.add_argument("-p", "--port", type=int, default=8010, help="the port of all (8010)")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            for command in args.command:
                print(f"{command}\n    ", end="", flush=True)
                print(stop_in_the_middle(shlex.split(command), args.port, ticks=6), flush=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            sys.exit(str(error))
