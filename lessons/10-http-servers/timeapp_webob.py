"""The time service with WebOb, an older library of the same kind: a piece of history.

    gunicorn -b :8003 timeapp_webob:app
    curl http://www.example.com:8003/

It behaves as timeapp_raw.py, but for one header.
"""

import re
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from webob import Request, Response

HOSTS = {"127.0.0.1", "[::1]", "www.example.com"}


def answer(request: Request) -> Response:
    if request.method != "GET":
        return Response("501 Not Implemented", status=501)
    # There is request.domain, but it ends at the first colon: not for IPv6.
    host = re.sub(r":\d*$", "", request.host).lower()
    if host not in HOSTS or request.path != "/":
        return Response("404 Not Found", status=404)
    return Response(time.ctime())


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    response: WSGIApplication = answer(Request(environ))
    return response(environ, start_response)
