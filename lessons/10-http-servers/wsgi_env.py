#!/usr/bin/env python3
"""What a WSGI server tells the application about a request: the whole environment, as text.

    python3 wsgi_env.py
    curl http://127.0.0.1:8000/

Shown is what PEP 3333 speaks of. --all adds the server's own environment variables, in which
people keep passwords: not for a port that others can reach.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pprint import pformat
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def showing(hidden: frozenset[str]) -> WSGIApplication:
    """An application that answers with its environment, without what is *hidden*."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        shown = {key: value for key, value in environ.items() if key not in hidden}
        return [b"Here is the WSGI environment:\r\n\r\n", pformat(shown).encode()]

    return app


def serve(host: str, port: int, app: WSGIApplication) -> None:
    with make_server(host, port, app) as server:
        print(f"Serving on {host or '0.0.0.0'} port {server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Answer each request with its WSGI environment.")
    parser.add_argument("--host", default="127.0.0.1", help="interface (127.0.0.1; '' is all)")
    parser.add_argument("-p", "--port", type=int, default=8000, help="TCP port (8000)")
    parser.add_argument("--all", action="store_true", help="show the process's environment, too")
    args = parser.parse_args()
    # wsgiref starts each environment from the process's.
    hidden = frozenset() if args.all else frozenset(os.environ)
    with suppress(KeyboardInterrupt):
        try:
            serve(args.host, args.port, showing(hidden))
        except OSError as error:
            sys.exit(f"{args.host!r} port {args.port}: {error.strerror or error}")
