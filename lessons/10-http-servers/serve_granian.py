#!/usr/bin/env python3
"""Serve an application of either kind with Granian, whose HTTP is written in Rust.

python3 serve_granian.py timeapp_asgi:app
python3 serve_granian.py timeapp_raw:app --workers 2
curl --http2-prior-knowledge http://www.example.com:8013/
"""

import argparse
import inspect
from pkgutil import resolve_name

from granian import Granian
from granian.constants import Interfaces


def interface_of(app: object) -> Interfaces:
    """An ASGI application is a coroutine function, or an object with such a __call__."""
    call = app if inspect.isfunction(app) else getattr(app, "__call__", None)  # noqa: B004
    return Interfaces.ASGI if inspect.iscoroutinefunction(call) else Interfaces.WSGI


if __name__ == "__main__":  # the workers import this file, too
    parser = argparse.ArgumentParser(description="Serve a WSGI or ASGI application.")
    parser.add_argument("target", help="module:name of the application")
    parser.add_argument("--host", default="0.0.0.0", help="interface (0.0.0.0, all IPv4)")
    parser.add_argument("-p", "--port", type=int, default=8013, help="TCP port (8013)")
    parser.add_argument("-w", "--workers", type=int, default=1, help="processes (1)")
    args = parser.parse_args()
    try:
        interface = interface_of(resolve_name(args.target))
    except (ImportError, AttributeError, ValueError) as error:
        parser.error(f"{args.target!r}: {error}")
    print(f"{args.target} is an application for {interface.value.upper()}", flush=True)
    Granian(args.target, args.host, args.port, interface=interface, workers=args.workers).serve()
