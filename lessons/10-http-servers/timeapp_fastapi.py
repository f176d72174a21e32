"""The time service with FastAPI: routes instead of ifs, and a description for machines.

    uvicorn --host 0.0.0.0 --port 8007 timeapp_fastapi:app
    curl http://www.example.com:8007/
    curl http://www.example.com:8007/openapi.json

Two paths more than its brothers: /openapi.json and, for people, /docs.
"""

import time

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

HOSTS = {"127.0.0.1", "::1", "www.example.com"}


def now() -> str:
    """What time it is where the server is."""
    return time.ctime()


async def gate(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """What is the same for all paths comes before them."""
    if request.method != "GET":
        return PlainTextResponse("501 Not Implemented", 501)
    if request.url.hostname not in HOSTS:
        return await not_found(request, None)
    return await call_next(request)


async def not_found(request: Request, error: Exception | None) -> Response:
    return PlainTextResponse("404 Not Found", 404)


app = FastAPI(title="Time service", version="1", exception_handlers={404: not_found})
app.add_middleware(BaseHTTPMiddleware, dispatch=gate)
app.add_api_route("/", now, response_class=PlainTextResponse)  # mostly written @app.get("/")
