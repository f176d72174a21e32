"""A web service without any library: what time is it? A WSGI application by hand.

    gunicorn -b :8001 timeapp_raw:app
    curl http://www.example.com:8001/

The time at / under a name of ours; 404 elsewhere; 501 for each other method. And no library.
"""

import re
import time
from collections.abc import Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

HOSTS = {"127.0.0.1", "[::1]", "www.example.com"}


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    # RFC 3986 §3.2.2: the colons of an IPv6 address are in brackets; ours is the one after them.
    host = re.sub(r":\d*$", "", environ.get("HTTP_HOST") or environ["SERVER_NAME"])
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if environ["REQUEST_METHOD"] != "GET":
        start_response("501 Not Implemented", headers)
        yield b"501 Not Implemented"
    elif host.lower() not in HOSTS or environ["PATH_INFO"] != "/":
        start_response("404 Not Found", headers)
        yield b"404 Not Found"
    else:
        start_response("200 OK", headers)
        yield time.ctime().encode("ascii")
