#!/usr/bin/env python3
"""Compression of a conversation: each line must be flushed, or it does not leave the house.

    python3 compress_stream.py server ''                on one machine
    python3 compress_stream.py client HOST              on another
    python3 compress_stream.py client HOST --no-flush   waits for an answer in vain
    python3 compress_stream.py client HOST --bomb       sends 10 MB of nothing in 10 kB

The server answers with dots. --zstd, at both ends: needs Python 3.14 or backports.zstd.
"""

import argparse
import socket
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module

Pack = Callable[[bytes], bytes]
Unpack = Callable[[bytes, int], bytes]
LIMIT = 10_000  # what we unpack at a time, and how long a line may be
LINES = [b'{"station": "roof", "minute": %d, "celsius": %d}\n' % (n, 20 + n % 3) for n in range(6)]


def engines(use_zstd: bool, flush: bool = True) -> tuple[Pack, Unpack]:
    if use_zstd:
        zstd = import_module(f"{'compression' if sys.version_info > (3, 14) else 'backports'}.zstd")
        pack = partial(zstd.ZstdCompressor().compress, mode=1 if flush else 0)  # FLUSH_BLOCK
        return pack, zstd.ZstdDecompressor().decompress
    deflate = zlib.compressobj()
    end = partial(deflate.flush, zlib.Z_SYNC_FLUSH) if flush else bytes
    return lambda line: deflate.compress(line) + end(), zlib.decompressobj().decompress


def server(host: str, port: int, use_zstd: bool) -> None:
    with socket.create_server((host, port)) as listener:
        print("Listening at", listener.getsockname(), flush=True)
        while True:
            sock, _address = listener.accept()
            with sock:
                try:
                    serve_one(sock, engines(use_zstd)[1])
                except Exception as error:  # each library has error classes of its own
                    print("Broken off:", error, flush=True)


def serve_one(sock: socket.socket, unpack: Unpack) -> None:
    text = b""
    while piece := sock.recv(4096):
        *lines, text = (text + (more := unpack(piece, LIMIT))).split(b"\n")
        if len(more) == LIMIT or len(text) > LIMIT:
            raise ValueError("too much came out of a few bytes")
        for line in lines:
            print("Arrived:", line.decode("ascii", "replace"), flush=True)
            sock.sendall(b".")
    print("End of file", flush=True)


def client(host: str, port: int, pack: Pack, bomb: bool) -> None:
    with socket.create_connection((host, port), timeout=2) as sock:
        for line in [bytes(10**7)] if bomb else LINES:
            packed = pack(line)
            print(f"{len(line):,} bytes of text are {len(packed):,} on the wire", flush=True)
            sock.sendall(packed)
            if sock.recv(1) != b".":
                raise EOFError
        print("Packed alone, they would have", [len(zlib.compress(line)) for line in LINES])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Compress a conversation.")
    parser.add_argument("role", choices=["client", "server"], help="which end to be")
    parser.add_argument("host", help="server: address to listen at; client: whom to call")
    parser.add_argument("-p", metavar="PORT", type=int, default=1060, help="TCP port (1060)")
    for flag in ("--no-flush", "--bomb", "--zstd"):
        parser.add_argument(flag, action="store_true")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            if args.role == "server":
                server(args.host, args.p, args.zstd)  # for ever
            client(args.host, args.p, engines(args.zstd, not args.no_flush)[0], args.bomb)
    except TimeoutError:
        sys.exit("No answer for two seconds: the line is still in our own compressor")
    except (ConnectionResetError, BrokenPipeError, EOFError):
        sys.exit("The server hung up")
    except (ImportError, OSError) as error:
        sys.exit(f"{args.host!r} port {args.p}: {error}")
