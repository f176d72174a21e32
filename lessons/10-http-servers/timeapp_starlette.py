"""The time service with Starlette, which does for ASGI what Werkzeug does for WSGI.

    uvicorn --host 0.0.0.0 --port 8006 timeapp_starlette:app
    curl http://www.example.com:8006/

Its class Starlette would add routes; two objects are enough for one page.
"""

import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

HOSTS = {"127.0.0.1", "::1", "www.example.com"}


def answer(request: Request) -> PlainTextResponse:
    if request.method != "GET":
        return PlainTextResponse("501 Not Implemented", 501)
    if request.url.hostname not in HOSTS or request.url.path != "/":
        return PlainTextResponse("404 Not Found", 404)
    return PlainTextResponse(time.ctime())


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await answer(Request(scope, receive))(scope, receive, send)
