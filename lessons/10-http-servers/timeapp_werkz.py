"""The time service with Werkzeug, which makes objects of WSGI's dictionary and its callback.

    gunicorn -b :8002 timeapp_werkz:app
    curl http://www.example.com:8002/

As in timeapp_raw.py: 501 before 404 before 200.
"""

import re
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug import Request, Response

HOSTS = {"127.0.0.1", "[::1]", "www.example.com"}


def answer(request: Request) -> Response:
    if request.method != "GET":
        return Response("501 Not Implemented", status=501)
    host = re.sub(r":\d*$", "", request.host).lower()
    if host not in HOSTS or request.path != "/":
        return Response("404 Not Found", status=404)
    return Response(time.ctime())


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    # A response is itself a WSGI application.
    response: WSGIApplication = answer(Request(environ))
    return response(environ, start_response)
