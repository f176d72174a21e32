"""The time service as an ASGI application by hand: three values in, two messages out.

    uvicorn --host 0.0.0.0 --port 8005 timeapp_asgi:app
    curl http://www.example.com:8005/

It behaves as timeapp_raw.py; only the interface to the server is another one.
"""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

HOSTS = {b"127.0.0.1", b"[::1]", b"www.example.com"}

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] != "http":  # lifespan, websocket: the server can do without, so it catches
        raise NotImplementedError(scope["type"])
    host = re.sub(rb":\d*$", b"", dict(scope["headers"]).get(b"host", b""))
    if scope["method"] != "GET":
        status, text = 501, "501 Not Implemented"
    elif host.lower() not in HOSTS or scope["path"] != "/":
        status, text = 404, "404 Not Found"
    else:
        status, text = 200, time.ctime()
    body = text.encode("ascii")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
